import { IceServerProvider } from 'turnkeeper'
import { element, show, showState } from '../view.js'

const SEND_EVERY_MS = 20
const SHOW_EVERY_MS = 250

/** Both ends of a call are in one page, and have to go through the TURN server. */
export const relayOnly: RTCConfiguration = { iceTransportPolicy: 'relay' }

let rotations = 0
let received = 0
let outlived = 0
let firstEndsAt = 0

/** Makes the provider of one end. Each end has one, as it would in life, and they rotate at different times. */
export function createProvider(): IceServerProvider {
  const provider = new IceServerProvider('/api/ice-servers')
  provider.on('update', ({ expiresAt }, previous) => {
    if (previous) rotations++
    else firstEndsAt = Math.max(firstEndsAt, expiresAt)
  })
  provider.on('error', showFault)
  addEventListener('pagehide', () => provider.close())
  return provider
}

/** Counts a message, and whether it came after the first credentials had ended. */
export function countMessage(): void {
  received++
  if (Date.now() > firstEndsAt) outlived++
}

/** Sends a number every few milliseconds, until it is stopped. */
export function sendNumbers(send: (number: string) => void): () => void {
  let sent = 0
  const timer = setInterval(() => send(String(sent++)), SEND_EVERY_MS)
  return () => clearInterval(timer)
}

/** Shows the state of a connection and the kinds of its candidates; asks each time, for it may be another one. */
export function showCall(current: () => RTCPeerConnection | undefined | null): void {
  setInterval(async () => {
    show('rotations', String(rotations))
    show('received', String(received))
    show('outlived', String(outlived))
    const pc = current()
    if (!pc) return
    showState('state', pc.connectionState)
    show('path', await pathOf(pc))
  }, SHOW_EVERY_MS)
}

export function showFault(error: unknown): void {
  const fault = element('#fault')
  fault.hidden = false
  fault.textContent = error instanceof Error ? error.message : String(error)
}

async function pathOf(pc: RTCPeerConnection): Promise<string> {
  const stats = [...(await pc.getStats()).values()]
  const byId = (id: unknown) => stats.find((entry) => entry.id === id)
  const pair =
    byId(stats.find((entry) => entry.type === 'transport')?.selectedCandidatePairId) ??
    stats.find((entry) => entry.type === 'candidate-pair' && entry.nominated && entry.state === 'succeeded')
  const kindOf = (id: unknown) => byId(id)?.candidateType ?? '–'
  return pair ? `${kindOf(pair.localCandidateId)} ↔ ${kindOf(pair.remoteCandidateId)}` : '–'
}
