/** Follows a requested ICE restart to its end: whether media has moved, or which step did not happen. Pure. */
import { isConnected } from '../ice-states.js'
import type { RestartFailure } from '../restart-failure.js'
import { type ConnectionSnapshot, hasPendingRestart } from './connection-snapshot.js'
import type { RestartState } from './restart-record.js'

/** An app may need a round trip to its server before it makes the offer. */
const OFFER_TIMEOUT_MS = 20_000

/** A remote peer may have to be woken up before it answers. */
const ANSWER_TIMEOUT_MS = 20_000

/** Measured on loopback: 86 to 367 ms in Chromium 156. TURN over TLS on a slow network takes seconds. */
const SWITCH_TIMEOUT_MS = 15_000

/** With a candidate pool Chromium 156 does not move at the first restart. It is repeated soon, before the deadline. */
const POOL_SWITCH_TIMEOUT_MS = 2000

/** Without stats a connection counts as moved after it has been connected for this long. */
const CONNECTED_WITHOUT_STATS_MS = 2000

const POLL_MS = 500

/** The last step of a restart that has happened. */
export type RestartStep = 'requested' | 'offered' | 'checking'

/** A restart in progress. Times are monotonic ms. */
export interface RestartProgress {
  readonly requestedAt: number
  /** Username fragment of the remote peer before the restart. */
  readonly remoteUfrag: string | undefined
  /** Relay addresses in use before the restart. */
  readonly relays: readonly string[]
  readonly step: RestartStep
  readonly stepAt: number
  /** How often it has been requested because the selected pair did not move. */
  readonly attempts: number
}

/** What to do about a restart in progress. */
export type ProgressResult =
  | { readonly status: 'pending'; readonly progress: RestartProgress; readonly checkAfterMs: number }
  | { readonly status: 'request-again'; readonly progress: RestartProgress }
  | { readonly status: 'completed' }
  | { readonly status: 'failed'; readonly failure: RestartFailure }

/** Returns the progress of a restart that has just been requested. */
export function startProgress(
  monotonicNow: number,
  remoteUfrag: string | undefined,
  relays: readonly string[],
): RestartProgress {
  return {
    requestedAt: monotonicNow,
    remoteUfrag,
    relays,
    step: 'requested',
    stepAt: monotonicNow,
    attempts: 1,
  }
}

/** What the progress depends on, beside the state and the snapshot. */
export interface ProgressContext {
  readonly monotonicNow: number
  /** `iceCandidatePoolSize` of the connection: so often a restart that does not move is requested again. */
  readonly poolSize: number
}

/** Returns why a restart has failed that comes no further. */
export function failureOf({ step, attempts }: RestartProgress): RestartFailure {
  if (step === 'checking' || attempts > 1) return 'not-moved'
  return step === 'requested' ? 'no-offer' : 'no-answer'
}

/** Returns how a restart goes on. */
export function followRestart(
  previous: RestartProgress,
  state: RestartState['name'],
  snapshot: ConnectionSnapshot,
  { monotonicNow, poolSize }: ProgressContext,
): ProgressResult {
  const step = hasPendingRestart(snapshot) ? 'offered' : stepOf(state)
  // It is about to be requested again.
  if (!step) return { status: 'pending', progress: previous, checkAfterMs: OFFER_TIMEOUT_MS }
  const progress = step === previous.step ? previous : { ...previous, step, stepAt: monotonicNow }
  const elapsedMs = monotonicNow - progress.stepAt
  if (step === 'requested') return pendingUntil(progress, OFFER_TIMEOUT_MS - elapsedMs)
  if (step === 'offered') return pendingUntil(progress, ANSWER_TIMEOUT_MS - elapsedMs)

  // Before the state: a connection that has failed stays so after an answer without a restart.
  const isSamePeer = progress.remoteUfrag !== undefined && snapshot.remoteUfrag === progress.remoteUfrag
  if (isSamePeer) return { status: 'failed', failure: 'remote-peer' }
  if (snapshot.iceState === 'failed') return { status: 'failed', failure: 'connection-failed' }
  const isKnown = snapshot.path !== 'unknown' || elapsedMs >= CONNECTED_WITHOUT_STATS_MS
  if (isConnected(snapshot.iceState) && !snapshot.isSwitchingPair && isKnown) return endOf(progress, snapshot)

  if (progress.attempts <= poolSize && elapsedMs >= POOL_SWITCH_TIMEOUT_MS) {
    return { status: 'request-again', progress: { ...progress, attempts: progress.attempts + 1 } }
  }
  if (elapsedMs >= SWITCH_TIMEOUT_MS) return { status: 'failed', failure: failureOf(progress) }
  return { status: 'pending', progress, checkAfterMs: POLL_MS }
}

/** A restart makes new allocations while the previous ones exist, so that their addresses differ (RFC 8445 §9). */
function endOf({ relays }: RestartProgress, { gatheredRelays }: ConnectionSnapshot): ProgressResult {
  const isSame = gatheredRelays.some((relay) => relays.includes(relay))
  return isSame ? { status: 'failed', failure: 'same-allocation' } : { status: 'completed' }
}

function pendingUntil(progress: RestartProgress, remainingMs: number): ProgressResult {
  if (remainingMs <= 0) return { status: 'failed', failure: failureOf(progress) }
  return { status: 'pending', progress, checkAfterMs: remainingMs }
}

function stepOf(state: RestartState['name']): RestartStep | undefined {
  if (state === 'offered') return 'offered'
  if (state === 'checking' || state === 'current') return 'checking'
  return state === 'requested' ? 'requested' : undefined
}
