/** Restart state of one connection: the states, what every state needs, and pure updates of both. */
import { isConnected } from '../ice-states.js'
import type { ConnectionSnapshot } from './connection-snapshot.js'

/** Candidates of replaced servers. */
export interface OutdatedCandidates {
  /** Their username fragment; `undefined` for a stand-in without a local description. */
  readonly ufrag: string | undefined
  /** When their credentials expire, in epoch ms. */
  readonly deadline: number
}

/** A restart that is needed. */
export interface PendingRestart {
  /** The candidates in use. */
  readonly candidates: OutdatedCandidates
  /** Why it is needed: the servers have changed, or the connection failed on current servers. */
  readonly cause: 'servers-changed' | 'failed'
  /** How often it could not be requested. */
  readonly failedAttempts: number
}

/**
 * - `current`: the connection uses the current servers, or has not gathered yet.
 * - `outdated`: the servers have changed; the connection still uses candidates of the previous ones.
 * - `queued`: a restart is needed and waits for its slot, at `restartAt` in monotonic ms.
 * - `requested`: a restart has been requested, at `requestedAt` in monotonic ms; the local description has not changed yet.
 * - `offered`: a local description with new candidates waits for the remote peer.
 * - `checking`: the negotiation is complete; the selected pair may still be the previous one.
 */
export type RestartState =
  | { readonly name: 'current' | 'offered' | 'checking' }
  | { readonly name: 'outdated'; readonly pending: PendingRestart }
  | { readonly name: 'queued'; readonly pending: PendingRestart; readonly restartAt: number }
  | { readonly name: 'requested'; readonly pending: PendingRestart; readonly requestedAt: number }

/** The state and what every state needs. */
export interface RestartRecord {
  readonly state: RestartState
  /** Username fragment of the local description when it was read for the last time. */
  readonly localUfrag: string | undefined
  /** Candidates of replaced servers that a rollback can bring back. Empty after a completed negotiation. */
  readonly replaced: readonly OutdatedCandidates[]
  /** The last change of the servers: when (monotonic ms), and when the previous credentials expire (epoch ms). */
  readonly lastChange: { readonly at: number; readonly deadline: number } | undefined
  /** When the signaling state changed for the last time, in monotonic ms. */
  readonly signalingChangedAt: number | undefined
  /** Whether a TURN server rejected the credentials with which the local candidates were gathered. */
  readonly areCredentialsRejected: boolean
  /** Whether the selected pair has not moved in the time that a restart takes. */
  readonly hasNotMoved: boolean
  /** Whether the candidates in use may be those of a TURN server that is about to stop, whatever it does at expiry. */
  readonly isEvacuated: boolean
}

/** Candidates before these can no longer be in use: each has been replaced by a further offer. */
const MAX_REPLACED = 10

/** The record of a connection that has not been attached before. */
export const INITIAL_RESTART_RECORD: RestartRecord = {
  state: { name: 'current' },
  localUfrag: undefined,
  replaced: [],
  lastChange: undefined,
  signalingChangedAt: undefined,
  areCredentialsRejected: false,
  hasNotMoved: false,
  isEvacuated: false,
}

/** Returns the restart that is needed; for the other states, the one of a connection that failed on current servers. */
export function pendingRestartOf({ state, localUfrag }: RestartRecord, now: number): PendingRestart {
  if ('pending' in state) return state.pending
  return { candidates: { ufrag: localUfrag, deadline: now }, cause: 'failed', failedAttempts: 0 }
}

/** Returns the candidates in use if their servers have been replaced. */
export function outdatedCandidatesOf({ state }: RestartRecord): OutdatedCandidates | undefined {
  const isOutdated = 'pending' in state && state.pending.cause === 'servers-changed'
  return isOutdated ? state.pending.candidates : undefined
}

/** Applies the local description: a new username fragment means an ICE restart, that of replaced candidates a rollback. */
export function withLocalUfrag(
  record: RestartRecord,
  localUfrag: string | undefined,
  isStable: boolean,
): RestartRecord {
  const { state, replaced } = record
  const hasChanged = localUfrag !== record.localUfrag
  const areCredentialsRejected = record.areCredentialsRejected && !hasChanged
  const updated = { ...record, localUfrag, areCredentialsRejected }
  const restored = replaced.find(({ ufrag }) => ufrag === localUfrag)
  if (restored) return hasChanged ? withOutdated(updated, restored) : updated
  if (state.name === 'current' || (!hasChanged && state.name !== 'offered')) return updated
  if (!isStable) return { ...updated, state: { name: 'offered' } }
  return { ...updated, state: { name: 'checking' }, replaced: [] }
}

/** Remembers candidates that a rollback can bring back, with the deadline that they had first. */
export function withReplaced(record: RestartRecord, candidates: OutdatedCandidates): RestartRecord {
  const isKnown = record.replaced.some(({ ufrag }) => ufrag === candidates.ufrag)
  if (isKnown) return record
  return { ...record, replaced: [...record.replaced, candidates].slice(-MAX_REPLACED) }
}

/** Marks candidates as those of replaced servers. A queued restart keeps its slot. */
export function withOutdated(record: RestartRecord, candidates: OutdatedCandidates): RestartRecord {
  const { state } = record
  const updated = withReplaced(record, candidates)
  const pending: PendingRestart = { candidates, cause: 'servers-changed', failedAttempts: 0 }
  if (state.name !== 'queued') return { ...updated, state: { name: 'outdated', pending } }
  const { failedAttempts } = state.pending
  return { ...updated, state: { ...state, pending: { ...pending, failedAttempts } } }
}

/** Leaves the queue if no restart is needed any more, and completes a restart whose selected pair has moved. */
export function withoutRestart(record: RestartRecord, snapshot: ConnectionSnapshot): RestartRecord {
  const { state } = record
  if (state.name === 'queued') return withoutRequest(record)
  const hasMoved = isConnected(snapshot.iceState) && !snapshot.isSwitchingPair
  return state.name === 'checking' && hasMoved ? { ...record, state: { name: 'current' } } : record
}

/** Takes back a restart that is queued or requested. */
export function withoutRequest(record: RestartRecord): RestartRecord {
  const { state } = record
  if (state.name !== 'queued' && state.name !== 'requested') return record
  const { pending } = state
  const isOutdated = pending.cause === 'servers-changed'
  return { ...record, state: isOutdated ? { name: 'outdated', pending } : { name: 'current' } }
}
