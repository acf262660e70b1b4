/** The ICE restart of one connection as one pure function: from a record and an event to a record and effects. */
import type { AfterExpiry } from '../config/after-expiry.js'
import { type ConnectionSnapshot, hasPendingRestart, type LocalDescription } from './connection-snapshot.js'
import {
  isDroppedAtExpiry,
  isRestartNeeded,
  isSettling,
  OFFER_IN_FLIGHT_MS,
  REPEAT_REQUEST_MS,
  type RestartCondition,
  restartRetryDelayMs,
  SETTLE_POLL_MS,
} from './restart-policy.js'
import {
  outdatedCandidatesOf,
  pendingRestartOf,
  type RestartRecord,
  withLocalUfrag,
  withOutdated,
  withoutRestart,
  withReplaced,
} from './restart-record.js'

/** The servers have been written to the connection, which had the same ones if `changed` is false. */
interface ServersWritten extends LocalDescription {
  readonly type: 'servers-written'
  readonly changed: boolean
  /** When the credentials of the previous servers expire, in epoch ms; `undefined` if that is unknown. */
  readonly deadline: number | undefined
  /** Whether a TURN server of the previous ones is missing: it may be about to stop. */
  readonly isEvacuation: boolean
}

/** What changes the state. */
export type RestartEvent =
  | ServersWritten
  | (LocalDescription & { readonly type: 'signaling-state-changed' })
  | { readonly type: 'credentials-rejected'; readonly url: string; readonly stunCode: number }
  | { readonly type: 'ice-state-changed' | 'request-failed' }
  /** The selected pair still uses candidates that expire at the deadline, although ICE has been restarted. */
  | { readonly type: 'not-moved'; readonly deadline: number }
  | { readonly type: 'checked'; readonly snapshot: ConnectionSnapshot }
  | { readonly type: 'slot-reserved'; readonly restartAt: number }

/** What the transitions depend on beside record and event. */
export interface RestartContext {
  /** Epoch ms. */
  readonly now: number
  readonly monotonicNow: number
  readonly condition: RestartCondition
  /** What the TURN server does with live allocations when their credentials expire, if that is known. */
  readonly afterExpiry: AfterExpiry | undefined
  /** Whether the connection works with credentials that have expired, and may not be able to restart ICE. */
  readonly hasOutlivedCredentials: boolean
  /** Whether the connection receives nothing since the network has changed. */
  readonly isCutOff: boolean
}

/** What is to be done after a transition. A `check` reads a snapshot; it replaces one that was planned before. */
export type RestartEffect =
  | { readonly type: 'check'; readonly delayMs: number }
  | { readonly type: 'reserve-slot' | 'report-drop' }
  | { readonly type: 'report-rejection'; readonly url: string; readonly stunCode: number }
  | { readonly type: 'request-restart'; readonly deadline: number }

/** The record after a transition, and what is to be done. */
export type RestartTransition = readonly [record: RestartRecord, ...effects: RestartEffect[]]

/** Returns the record after an event, and the effects of the transition. */
export function nextRestartState(
  record: RestartRecord,
  event: RestartEvent,
  given: RestartContext,
): RestartTransition {
  const context: RestartContext = record.isEvacuated
    ? { ...given, afterExpiry: 'drop', hasOutlivedCredentials: false }
    : given
  switch (event.type) {
    case 'servers-written':
      return [afterServersWritten(record, event, context), { type: 'check', delayMs: OFFER_IN_FLIGHT_MS }]
    case 'signaling-state-changed':
      return afterSignalingStateChanged(record, event, context)
    case 'ice-state-changed':
      return [record, { type: 'check', delayMs: remainingGuardMs(record, context) }]
    case 'credentials-rejected':
      // Rejections of replaced servers are ignored.
      if (outdatedCandidatesOf(record)) return [record]
      return [
        { ...record, areCredentialsRejected: true },
        { ...event, type: 'report-rejection' },
      ]
    case 'checked': {
      const { localUfrag, isStable } = event.snapshot
      const checked = withLocalUfrag(record, localUfrag, isStable)
      const deadline = outdatedCandidatesOf(checked)?.deadline
      const isDropped =
        context.afterExpiry === 'keep' &&
        deadline !== undefined &&
        isDroppedAtExpiry(event.snapshot, deadline, context.now)
      const [next, ...effects] = afterCheck(checked, event.snapshot, context)
      return isDropped ? [next, { type: 'report-drop' }, ...effects] : [next, ...effects]
    }
    case 'not-moved':
      return [
        withOutdated(
          { ...record, hasNotMoved: true },
          { ufrag: record.localUfrag, deadline: event.deadline },
        ),
        { type: 'check', delayMs: 0 },
      ]
    case 'slot-reserved':
      return requestOrWait(record, event.restartAt, context)
    case 'request-failed':
      return afterFailedRequest(record, context)
  }
}

function afterServersWritten(
  record: RestartRecord,
  { changed, localUfrag, negotiatedUfrag, isStable, isEvacuation, ...event }: ServersWritten,
  { monotonicNow, now }: RestartContext,
): RestartRecord {
  const updated = withLocalUfrag(record, localUfrag, isStable)
  if (!changed) return updated
  const { deadline = now } = event
  const isEvacuated = isEvacuation || (record.isEvacuated && record.state.name !== 'current')
  let written: RestartRecord = { ...updated, lastChange: { at: monotonicNow, deadline }, isEvacuated }
  if (localUfrag === undefined) return written
  // While an offer is pending, the negotiated candidates are in use, and a rollback makes them the local ones again.
  if (hasPendingRestart({ localUfrag, negotiatedUfrag })) {
    written = withReplaced(written, { ufrag: negotiatedUfrag, deadline })
  }
  // Candidates become outdated with the first change; further changes do not extend their lifetime.
  const earliest = Math.min(deadline, ...written.replaced.map((candidates) => candidates.deadline))
  return withOutdated(written, outdatedCandidatesOf(written) ?? { ufrag: localUfrag, deadline: earliest })
}

function afterSignalingStateChanged(
  previous: RestartRecord,
  { localUfrag, isStable }: LocalDescription,
  context: RestartContext,
): RestartTransition {
  const { lastChange } = previous
  let record = withLocalUfrag(previous, localUfrag, isStable)
  record = { ...record, signalingChangedAt: context.monotonicNow }
  const isKnown = record.replaced.some(({ ufrag }) => ufrag === localUfrag)
  if (lastChange && localUfrag !== undefined && !isKnown && remainingGuardMs(previous, context) > 0) {
    const deadline = outdatedCandidatesOf(previous)?.deadline ?? lastChange.deadline
    record = withOutdated(record, { ufrag: localUfrag, deadline })
  }
  return record.state.name === 'outdated' ? [record, { type: 'check', delayMs: SETTLE_POLL_MS }] : [record]
}

function afterCheck(
  record: RestartRecord,
  snapshot: ConnectionSnapshot,
  context: RestartContext,
): RestartTransition {
  const { state, areCredentialsRejected, hasNotMoved, signalingChangedAt } = record
  const isNeeded = isRestartNeeded(snapshot, {
    condition: context.condition,
    areAllocationsKept: context.afterExpiry === 'keep' || context.hasOutlivedCredentials,
    isOutdated: outdatedCandidatesOf(record) !== undefined,
    isRequested: state.name === 'requested',
    isJustRequested:
      state.name === 'requested' && context.monotonicNow - state.requestedAt < REPEAT_REQUEST_MS,
    areCredentialsRejected,
    isCutOff: context.isCutOff,
  })
  if (!isNeeded) return [withoutRestart(record, snapshot)]
  // A further restart must not follow at once when the answer to this one arrives.
  if (hasPendingRestart(snapshot)) return [record]
  const cannotSwitch = areCredentialsRejected || hasNotMoved
  if (
    signalingChangedAt !== undefined &&
    isSettling(snapshot, cannotSwitch, context.monotonicNow - signalingChangedAt)
  ) {
    return [record, { type: 'check', delayMs: SETTLE_POLL_MS }]
  }
  if (state.name === 'queued') return requestOrWait(record, state.restartAt, context)
  return [record, { type: 'reserve-slot' }]
}

function requestOrWait(record: RestartRecord, restartAt: number, context: RestartContext): RestartTransition {
  const pending = pendingRestartOf(record, context.now)
  const waitMs = restartAt - context.monotonicNow
  if (waitMs > 0) {
    // `setTimeout` truncates fractions.
    return [
      { ...record, state: { name: 'queued', pending, restartAt } },
      { type: 'check', delayMs: Math.ceil(waitMs) },
    ]
  }
  return [
    {
      ...record,
      areCredentialsRejected: false,
      hasNotMoved: false,
      state: { name: 'requested', pending, requestedAt: context.monotonicNow },
    },
    { type: 'request-restart', deadline: pending.candidates.deadline },
  ]
}

function afterFailedRequest(record: RestartRecord, context: RestartContext): RestartTransition {
  const { state } = record
  if (state.name !== 'requested') return [record]
  const { candidates } = state.pending
  const pending = { ...state.pending, failedAttempts: state.pending.failedAttempts + 1 }
  const delayMs = restartRetryDelayMs(pending.failedAttempts, candidates.deadline - context.now)
  if (delayMs === undefined) return [{ ...record, state: { ...state, pending } }]
  const restartAt = context.monotonicNow + delayMs
  return [
    { ...record, state: { name: 'queued', pending, restartAt } },
    { type: 'check', delayMs },
  ]
}

/** How long an offer that was created with the previous servers can still become the local description. */
function remainingGuardMs({ lastChange }: RestartRecord, { monotonicNow }: RestartContext): number {
  return lastChange ? Math.max(lastChange.at + OFFER_IN_FLIGHT_MS - monotonicNow, 0) : 0
}
