import { IceServerProvider, type RTCIceServer } from 'turnkeeper'
import { type LoopbackCall, measure, startLoopbackCall } from './loopback-call.js'
import { drawPicture } from './picture.js'
import { logEvent, reveal, show, showLife, showState } from './view.js'

const usernameOf = (iceServers: RTCIceServer[]) =>
  iceServers.find((server) => server.username)?.username ?? '–'

const provider = new IceServerProvider('/api/ice-servers')
let refreshes = 0
let restarts = 0
let connectedAt: number | undefined

provider.on('statechange', (state) => showState('provider-state', state))
provider.on('error', ({ code, message }) => logEvent('error', `${code}: ${message}`))
provider.on('expired', () => logEvent('error', 'The credentials ended before new ones were there'))
provider.on('update', ({ iceServers }, previous) => {
  show('username', usernameOf(iceServers))
  if (!previous) return logEvent('refresh', 'First credentials fetched')
  show('refreshes', String(++refreshes))
  logEvent('refresh', `Refreshed: ${usernameOf(previous.iceServers)} → ${usernameOf(iceServers)}`)
})

async function main(): Promise<void> {
  show('source', await (await fetch('/api/source')).text())
  const canvas = document.getElementById('sent') as HTMLCanvasElement
  const video = document.getElementById('received') as HTMLVideoElement
  drawPicture(canvas)
  const showReceived = (stream: MediaStream) => {
    video.srcObject = stream
  }
  const call = startLoopbackCall(
    await provider.getIceServers(),
    canvas.captureStream(25),
    showReceived,
    logError,
  )
  watch(call)
  provider.attach(call.caller)
  provider.attach(call.callee, { restartIce: 'never' }) // it answers the offers of the caller

  setInterval(() => void showNumbers(call), 250)
  addEventListener('pagehide', () => {
    call.close()
    provider.close()
  })
}

function watch({ caller, callee }: LoopbackCall): void {
  caller.addEventListener('negotiationneeded', () => {
    if (connectedAt === undefined) return
    logEvent('call', 'ICE restart: the call moves to the new credentials')
    show('restarts', String(++restarts))
  })
  callee.addEventListener('connectionstatechange', () => {
    const state = callee.connectionState
    if (state === 'connected') connectedAt ??= Date.now()
    showState('call-state', state)
    logEvent(state === 'failed' || state === 'disconnected' ? 'error' : 'call', `The call is ${state}`)
  })
  caller.addEventListener('icecandidateerror', ({ errorCode, errorText }) => {
    logEvent('error', `TURN server: ${errorCode} ${errorText}`)
    if (errorCode === 701) reveal('hint')
  })
}

async function showNumbers({ callee }: LoopbackCall): Promise<void> {
  showLife(provider.current, provider.state, Date.now())
  if (connectedAt !== undefined) show('connected-for', `${Math.floor((Date.now() - connectedAt) / 1000)} s`)
  if (callee.connectionState !== 'connected') return
  const { path, frames } = await measure(callee)
  show('path', path)
  show('frames', String(frames))
}

function logError({ message }: Error): void {
  logEvent('error', message)
}

main().catch(logError)
