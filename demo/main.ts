/** The first page of the demo: one call with turnkeeper and one call that fetched its credentials once. */
import { IceServerProvider, type RTCIceServer } from 'turnkeeper'
import { createAnimation } from './animation.js'
import { showCall } from './call-view.js'
import { createCharts } from './charts.js'
import { bindControls } from './controls.js'
import { startLoopbackCall } from './loopback-call.js'
import { element, increment, logEvent, showLifetime, showState, showText } from './view.js'

const SAMPLE_INTERVAL_MS = 500

const usernameOf = (iceServers: RTCIceServer[]) =>
  iceServers.find((server) => server.username)?.username ?? '–'

const charts = createCharts()
const provider = new IceServerProvider('/api/ice-servers')
provider.on('statechange', (state) => showState('provider-state', state))
provider.on('error', ({ code, message }) => logError({ message: `${code}: ${message}` }))
provider.on('expired', () => logError({ message: 'Credentials expired before a refresh succeeded' }))

async function main(): Promise<void> {
  await bindControls(provider)
  provider.on('update', ({ iceServers, fetchedAt, expiresAt }, previous) => {
    showText('lifetime', `${Math.ceil((expiresAt - fetchedAt) / 1000)}\u00a0seconds`)
    showText('username', usernameOf(iceServers))
    charts.mark('refresh')
    if (previous) increment('refreshes')
    logEvent('refresh', `${previous ? 'Refreshed' : 'Fetched'}: ${usernameOf(iceServers)}`)
  })
  showText('source', await (await fetch('/api/source')).text())
  const animation = createAnimation(element<HTMLCanvasElement>('#animation'))
  const attached = await startAttachedCall(animation.stream)
  let once = await startCallThatFetchesOnce(animation.stream)

  element('#call-again').addEventListener('click', async () => {
    once.call.close()
    once = await startCallThatFetchesOnce(animation.stream).catch((error) => {
      logError(error)
      return once
    })
  })
  const camera = element<HTMLInputElement>('#camera')
  camera.addEventListener('change', () => {
    animation.useCamera(camera.checked, [attached.call, once.call]).catch((error) => {
      camera.checked = false
      logError(error)
    })
  })
  setInterval(() => showLifetime(provider.current, provider.state), 250)
  setInterval(async () => {
    const [attachedSample, onceSample] = await Promise.all([attached.read(), once.read()])
    showText('selected-pair', attachedSample.selectedPair)
    charts.add(
      { attached: attachedSample.kilobits, once: onceSample.kilobits },
      { attached: attachedSample.roundTripMs, once: onceSample.roundTripMs },
    )
  }, SAMPLE_INTERVAL_MS)
  addEventListener('pagehide', () => {
    attached.call.close()
    once.call.close()
    provider.close()
  })
}

/** Everything that an app does to keep a call alive. */
async function startAttachedCall(stream: MediaStream) {
  const iceServers = await provider.getIceServers()
  const call = startLoopbackCall(iceServers, stream, showStreamIn('attached'), logError)
  provider.attach(call.caller)
  provider.attach(call.callee, { restartIce: 'never' }) // the caller makes the offers
  const read = showCall('attached', call, {
    name: '"With turnkeeper" call',
    mark: charts.mark,
    onRestart: () => increment('restarts'),
    onAllocation: () => increment('allocations'),
  })
  return { call, read }
}

/** What most apps do. */
async function startCallThatFetchesOnce(stream: MediaStream) {
  const { iceServers } = await (await fetch('/api/ice-servers')).json()
  const call = startLoopbackCall(iceServers, stream, showStreamIn('once'), logError)
  return { call, read: showCall('once', call, { name: '"Fetched once" call', mark: charts.mark }) }
}

const showStreamIn = (id: string) => (received: MediaStream) => {
  element<HTMLVideoElement>(`#${id} video`).srcObject = received
}

function logError({ message }: { message: string }): void {
  logEvent('error', message)
  charts.mark('error')
}

main().catch(logError)
