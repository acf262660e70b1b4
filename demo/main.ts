/** The first page of the demo: two calls with the same credentials, one of which turnkeeper keeps alive. */
import { IceServerProvider } from 'turnkeeper'
import { createAnimation } from './animation.js'
import { needsNewCall } from './calls/call-facts.js'
import { createCharts } from './calls/charts.js'
import { bindControls } from './calls/controls.js'
import { describeKeptCall, describeSingleFetchCall } from './calls/describe-call.js'
import { logEvent } from './calls/event-log.js'
import { describeCalls } from './calls/headline.js'
import { observeProvider } from './calls/observe-provider.js'
import { type CallListeners, fetchOnce, startKeptCall, startObservedCall } from './calls/observed-call.js'
import { type CardId, showCall, showStreamIn } from './calls/show-call.js'
import type { LoopbackCall } from './loopback-call.js'
import { readSelectedPair } from './selected-pair.js'
import { element, increment, showText } from './view.js'

const SHOW_INTERVAL_MS = 200
const SAMPLE_INTERVAL_MS = 500

/** The backend and the TURN server simulate failures for each page separately. */
const page = Math.random().toString(36).slice(2)
const endpoint = `/api/ice-servers?page=${page}`

const charts = createCharts()
const provider = new IceServerProvider(endpoint, {
  refreshMarginMs: 6000, // half of the lifetime
  timeoutMs: 4000,
  retryLimit: 0, // each failure is shown
  random: () => 0, // no jitter: the countdown can be watched
})

async function main(): Promise<void> {
  const observed = observeProvider(provider, charts.mark)
  const animation = createAnimation(element<HTMLCanvasElement>('#animation'))
  const configuration = await provider.getConfiguration()
  let right = await startKeptCall(provider, animation.stream, listenersOf('right'))
  const readRight = () => ({ ...right.read(), ...observed.read() })
  let left = startObservedCall(configuration, animation.stream, listenersOf('left'))
  let callAgainError: string | undefined
  const controls = bindControls(page, provider, {
    onRevoke() {
      left.markRevoked()
      right.markRevoked()
    },
    async onRepair() {
      if (!needsNewCall(readRight())) return
      right.close()
      observed.forgetRestart()
      right = await startKeptCall(provider, animation.stream, listenersOf('right'))
    },
  })
  await showSource()
  bindCamera(animation, () => [left.call, right.call])
  const callAgain = element<HTMLButtonElement>('#call-again')
  callAgain.addEventListener('click', async () => {
    callAgain.disabled = true
    callAgainError = undefined
    try {
      const next = await fetchOnce(endpoint)
      left.close()
      left = startObservedCall(next, animation.stream, listenersOf('left'))
    } catch (error) {
      callAgainError = toMessage(error)
    }
    callAgain.disabled = false
  })
  setInterval(() => {
    const { settings } = controls
    const [leftFacts, rightFacts] = [left.read(), readRight()]
    showText('headline', describeCalls(leftFacts, rightFacts, settings))
    showCall('left', describeSingleFetchCall(leftFacts, settings, callAgainError), leftFacts)
    showCall('right', describeKeptCall(rightFacts, settings), rightFacts)
    showText('right-restarts', String(rightFacts.restarts))
  }, SHOW_INTERVAL_MS)
  setInterval(async () => {
    charts.add({ left: left.read().messages.missing, right: right.read().messages.missing })
    const pair = await readSelectedPair(right.call.callee)
    const path = pair.map(({ candidateType, port }) => `${candidateType} :${port}`).join(' ↔ ')
    showText('selected-pair', path || '–')
  }, SAMPLE_INTERVAL_MS)
  addEventListener('pagehide', () => {
    left.close()
    right.close()
    provider.close()
  })
}

const NAMES = { left: 'Call without turnkeeper', right: 'Call with turnkeeper' }

function listenersOf(id: CardId): CallListeners {
  return {
    onTrack: showStreamIn(id),
    onError: (error) => logEvent('failure', `${NAMES[id]}: ${error.message}`),
    onStateChange(state) {
      const isLost = state === 'failed' || state === 'disconnected'
      logEvent(isLost ? 'failure' : 'call', `${NAMES[id]}: ${state}`)
      if (isLost && id === 'right') charts.mark('failure')
    },
    onAllocation() {
      if (id === 'right') increment('allocations')
    },
    onTurnError: (code, text) => logEvent('failure', `${NAMES[id]}: TURN error ${code} ${text}`),
  }
}

/** Connects the box of the camera. An error is shown beside it. */
function bindCamera(animation: ReturnType<typeof createAnimation>, calls: () => LoopbackCall[]): void {
  const camera = element<HTMLInputElement>('#camera')
  camera.addEventListener('change', async () => {
    showText('camera-error', '')
    await animation.useCamera(camera.checked, calls()).catch((error) => {
      camera.checked = false
      showText('camera-error', `No camera: ${toMessage(error)}`)
    })
  })
}

/** Shows where the credentials come from. Only the embedded TURN server can be broken. */
async function showSource(): Promise<void> {
  const name = await (await fetch('/api/source')).text()
  showText('source', name)
  for (const control of document.querySelectorAll<HTMLElement>('.embedded-only')) {
    control.hidden = name !== 'embedded'
  }
}

const toMessage = (error: unknown) => (error instanceof Error ? error.message : String(error))

// A page from the back/forward cache has closed its calls.
addEventListener('pageshow', ({ persisted }) => persisted && location.reload())

main().catch((error) => showText('headline', `The demo cannot start: ${toMessage(error)}`))
