/** Finds out whether a TURN server accepts the credentials of an offer that restarts ICE. */
import type { NegotiableConnection } from './negotiable-connection.js'

/** A TURN server that responds later is not used for the restart. TURN over TLS takes several round trips. */
const ALLOCATION_TIMEOUT_MS = 5000

const POLL_MS = 50

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
    isComplete ||= (event as { candidate: unknown }).candidate === null
  }
  connection.addEventListener('icecandidate', onCandidate)
  const hasCandidate = () => / typ relay\b/.test(connection.localDescription?.sdp ?? '')
  return {
    hasCandidate,
    async wait() {
      for (let waitedMs = 0; waitedMs < ALLOCATION_TIMEOUT_MS; waitedMs += POLL_MS) {
        if (hasCandidate() || isComplete || connection.signalingState !== 'have-local-offer') break
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      }
      return hasCandidate()
    },
    stop: () => connection.removeEventListener('icecandidate', onCandidate),
  }
}
