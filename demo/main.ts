import { IceServerProvider, type RTCIceServer } from 'turnkeeper'
import { showCall } from './call-view.js'
import { createCharts } from './charts.js'
import { bindControls } from './controls.js'
import { startLoopbackCall } from './loopback-call.js'
import { createPicture } from './picture.js'
import { count, element, logEvent, show, showLife, showState } from './view.js'

const SAMPLE_MS = 500

const usernameOf = (iceServers: RTCIceServer[]) =>
  iceServers.find((server) => server.username)?.username ?? '–'

const charts = createCharts()
const provider = new IceServerProvider('/api/ice-servers')
provider.on('statechange', (state) => showState('provider-state', state))
provider.on('error', ({ code, message }) => logError({ message: `${code}: ${message}` }))
provider.on('expired', () => logError({ message: 'The credentials ended before new ones were there' }))

async function main(): Promise<void> {
  await bindControls(provider)
  provider.on('update', ({ iceServers, fetchedAt, expiresAt }, previous) => {
    show('lifetime', `${Math.ceil((expiresAt - fetchedAt) / 1000)}\u00a0seconds`)
    show('username', usernameOf(iceServers))
    charts.mark('refresh')
    if (previous) count('refreshes')
    logEvent('refresh', previous ? `Refreshed: ${usernameOf(iceServers)}` : 'First credentials fetched')
  })
  show('source', await (await fetch('/api/source')).text())
  const picture = createPicture(element<HTMLCanvasElement>('#picture'))
  const kept = await startKept(picture.stream)
  let once = await startOnce(picture.stream)

  element('#call-again').addEventListener('click', async () => {
    once.call.close()
    once = await startOnce(picture.stream).catch((error) => {
      logError(error)
      return once
    })
  })
  const camera = element<HTMLInputElement>('#camera')
  camera.addEventListener('change', () => {
    picture.useCamera(camera.checked, [kept.call, once.call]).catch((error) => {
      camera.checked = false
      logError(error)
    })
  })
  setInterval(() => showLife(provider.current, provider.state), 250)
  setInterval(async () => {
    const [keptNow, onceNow] = await Promise.all([kept.read(), once.read()])
    show('kept-path', keptNow.path)
    charts.add(
      { kept: keptNow.kilobits, once: onceNow.kilobits },
      { kept: keptNow.roundTripMs, once: onceNow.roundTripMs },
    )
  }, SAMPLE_MS)
  addEventListener('pagehide', () => {
    kept.call.close()
    once.call.close()
    provider.close()
  })
}

/** All that an app has to do to keep a call. */
async function startKept(stream: MediaStream) {
  const call = startLoopbackCall(await provider.getIceServers(), stream, showIn('kept'), logError)
  provider.attach(call.caller)
  provider.attach(call.callee, { restartIce: 'never' }) // it answers the offers of the caller
  const read = showCall('kept', call, {
    name: 'The call with turnkeeper',
    mark: charts.mark,
    onRestart: () => count('restarts'),
    onAllocation: () => count('allocations'),
  })
  return { call, read }
}

/** What most apps do. */
async function startOnce(stream: MediaStream) {
  const { iceServers } = await (await fetch('/api/ice-servers')).json()
  const call = startLoopbackCall(iceServers, stream, showIn('once'), logError)
  return { call, read: showCall('once', call, { name: 'The call that fetched once', mark: charts.mark }) }
}

const showIn = (id: string) => (received: MediaStream) => {
  element<HTMLVideoElement>(`#${id} video`).srcObject = received
}

function logError({ message }: { message: string }): void {
  logEvent('error', message)
  charts.mark('error')
}

main().catch(logError)
