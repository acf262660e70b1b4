/** What the recipe pages share: providers, test messages, and the state of the call. */
import { IceServerProvider } from 'turnkeeper'
import { readSelectedPair } from '../selected-pair.js'
import { element, showState, showText } from '../view.js'

const SEND_INTERVAL_MS = 20
const SHOW_INTERVAL_MS = 250

/** Both peers are in one page, so only this policy makes them use the TURN server. */
export const relayOnly: RTCConfiguration = { iceTransportPolicy: 'relay' }

let refreshCount = 0
let receivedCount = 0
let receivedAfterExpiryCount = 0
let firstExpiresAt = 0

/** Creates the provider of one peer. Each peer has its own, as in a real call, and they refresh at different times. */
export function createProvider(): IceServerProvider {
  const provider = new IceServerProvider('/api/ice-servers')
  provider.on('update', ({ expiresAt }, previous) => {
    if (previous) refreshCount++
    else firstExpiresAt = Math.max(firstExpiresAt, expiresAt)
  })
  provider.on('error', showError)
  addEventListener('pagehide', () => provider.close())
  return provider
}

/** Counts a received message, separately if it arrived after the first credentials had expired. */
export function countMessage(): void {
  receivedCount++
  if (Date.now() > firstExpiresAt) receivedAfterExpiryCount++
}

/** Sends a number at regular intervals. Returns a function that stops it. */
export function sendNumbers(send: (number: string) => void): () => void {
  let sent = 0
  const timer = setInterval(() => send(String(sent++)), SEND_INTERVAL_MS)
  return () => clearInterval(timer)
}

/** Shows the state of a connection. `current` is called every time, because a library may replace its connection. */
export function showCall(current: () => RTCPeerConnection | undefined | null): void {
  setInterval(async () => {
    showText('refreshes', String(refreshCount))
    showText('received', String(receivedCount))
    const secondsLeft = Math.ceil((firstExpiresAt - Date.now()) / 1000)
    const notYet = firstExpiresAt ? `not yet, in ${secondsLeft} s` : 'not yet'
    showText(
      'received-after-expiry',
      secondsLeft > 0 || !firstExpiresAt ? notYet : String(receivedAfterExpiryCount),
    )
    const pc = current()
    if (!pc) return
    showState('state', pc.connectionState)
    const pair = await readSelectedPair(pc)
    showText('selected-pair', pair.map(({ candidateType }) => candidateType).join(' ↔ ') || '–')
  }, SHOW_INTERVAL_MS)
}

export function showError(error: unknown): void {
  const target = element('#error')
  target.hidden = false
  target.textContent = error instanceof Error ? error.message : String(error)
}
