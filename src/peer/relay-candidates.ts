/** Reports whether a TURN server has allocated a relay address for an offer that restarts ICE. */
import { hasPendingRestart, readDescription } from './connection-snapshot.js'
import type { NegotiableConnection } from './negotiable-connection.js'
import { signalingStateOf } from './signaling-state.js'

/** A TURN server that responds later is not used for the restart. TURN over TLS takes several round trips. */
const ALLOCATION_TIMEOUT_MS = 5000
/** Events of an in-band negotiation are hidden. */
const POLL_MS = 100

/** The relay candidates of an offer. */
export interface RelayGathering {
  hasCandidate(): boolean
  /** Resolves with whether the offer has a relay candidate, as soon as it has one or gathering is complete. */
  wait(): Promise<boolean>
  stop(): void
}

/** Observes the relay candidates of the next offer. */
export function observeRelayCandidates(connection: NegotiableConnection): RelayGathering {
  let isComplete = false
  // `iceGatheringState` of Firefox 153 is still `complete` for a moment after an ICE restart.
  const onCandidate = (event: unknown) => {
    const isLast = (event as { candidate: unknown }).candidate === null
    isComplete ||= isLast && hasPendingRestart(readDescription(connection))
  }
  connection.addEventListener('icecandidate', onCandidate)
  const hasCandidate = () => / typ relay\b/.test(connection.localDescription?.sdp ?? '')
  const wait = () =>
    new Promise<boolean>((resolve) => {
      const finish = () => {
        clearTimeout(timer)
        clearInterval(poll)
        connection.removeEventListener('icecandidate', check)
        connection.removeEventListener('signalingstatechange', check)
        resolve(hasCandidate())
      }
      const check = () => {
        if (hasCandidate() || isComplete || signalingStateOf(connection) !== 'have-local-offer') finish()
      }
      const timer = setTimeout(finish, ALLOCATION_TIMEOUT_MS)
      const poll = setInterval(check, POLL_MS)
      connection.addEventListener('icecandidate', check)
      connection.addEventListener('signalingstatechange', check)
      check()
    })
  return { hasCandidate, wait, stop: () => connection.removeEventListener('icecandidate', onCandidate) }
}
