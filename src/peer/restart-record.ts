/** What is known of the ICE restart of one connection: its state, and pure updates of it. */
import type { ConnectionSnapshot } from './connection-snapshot.js'

/** Candidates that were gathered with servers that have been replaced. */
export interface OutdatedCandidates {
  /** Username fragment of these candidates. */
  readonly ufrag: string
  /** When their credentials expire, in epoch ms. */
  readonly deadline: number
}

/**
 * - `current`: the connection uses the current servers, or has not gathered yet.
 * - `outdated`: the servers have changed; the connection still uses candidates of the previous ones.
 * - `queued`: a restart is needed and waits for its slot. `outdated` is missing if the connection failed on current servers.
 * - `requested`: a restart has been requested; there is no new local description yet.
 * - `offered`: a new local description waits for the remote peer.
 * - `checking`: the negotiation is complete; the selected pair may still be the previous one.
 */
export type RestartState =
  | { readonly name: 'current' }
  | { readonly name: 'outdated'; readonly outdated: OutdatedCandidates; readonly failedAttempts: number }
  | {
      readonly name: 'queued'
      readonly outdated: OutdatedCandidates | undefined
      readonly failedAttempts: number
      /** Monotonic ms. */
      readonly restartAt: number
    }
  | {
      readonly name: 'requested'
      readonly outdated: OutdatedCandidates | undefined
      readonly failedAttempts: number
    }
  | { readonly name: 'offered' | 'checking'; readonly previous: OutdatedCandidates }

/** The state and what every state needs. */
export interface RestartRecord {
  readonly state: RestartState
  /** The last change of the servers: when (monotonic ms), and the deadline of the previous ones (epoch ms). */
  readonly lastChange: { readonly at: number; readonly deadline: number } | undefined
  /** When the signaling state changed for the last time, in monotonic ms. */
  readonly negotiatedAt: number | undefined
  /** Whether a TURN server rejected the credentials since a restart was requested for the last time. */
  readonly areCredentialsRejected: boolean
}

/** The record of a connection that has not been attached before. */
export const INITIAL_RESTART_RECORD: RestartRecord = {
  state: { name: 'current' },
  lastChange: undefined,
  negotiatedAt: undefined,
  areCredentialsRejected: false,
}

/** Notices what the local description says: a new username fragment is a restart, the previous one a rollback. */
export function withUfrag(record: RestartRecord, localUfrag: string | undefined): RestartRecord {
  const { state } = record
  const outdated = outdatedOf(state)
  if (outdated && localUfrag !== outdated.ufrag) {
    return { ...record, state: { name: 'offered', previous: outdated } }
  }
  const isRolledBack = 'previous' in state && localUfrag === state.previous.ufrag
  return isRolledBack ? withOutdated(record, state.previous) : record
}

export function withOutdated(record: RestartRecord, outdated: OutdatedCandidates): RestartRecord {
  const { state } = record
  if (state.name === 'queued') return { ...record, state: { ...state, outdated } }
  return { ...record, state: { name: 'outdated', outdated, failedAttempts: 0 } }
}

export function withoutRestart(
  record: RestartRecord,
  { iceState, isSwitchingPair }: ConnectionSnapshot,
): RestartRecord {
  const { state } = record
  if (state.name === 'queued') {
    return state.outdated
      ? {
          ...record,
          state: { name: 'outdated', outdated: state.outdated, failedAttempts: state.failedAttempts },
        }
      : { ...record, state: { name: 'current' } }
  }
  const isComplete = state.name === 'checking' && iceState === 'connected' && !isSwitchingPair
  return isComplete ? { ...record, state: { name: 'current' } } : record
}

/** The candidates in use, if their servers have been replaced. */
export function outdatedOf(state: RestartState): OutdatedCandidates | undefined {
  return 'outdated' in state ? state.outdated : undefined
}

export function failedAttemptsOf(state: RestartState): number {
  return 'failedAttempts' in state ? state.failedAttempts : 0
}
