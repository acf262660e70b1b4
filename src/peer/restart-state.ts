/** The ICE restart of one connection as one pure function: from a record and an event to a record and effects. */
import type { ConnectionSnapshot } from './connection-snapshot.js'
import {
  isRestartNeeded,
  isSettling,
  OFFER_IN_FLIGHT_MS,
  type RestartCondition,
  restartRetryDelayMs,
  SETTLE_POLL_MS,
} from './restart-policy.js'
import {
  failedAttemptsOf,
  outdatedOf,
  type RestartRecord,
  withOutdated,
  withoutRestart,
  withUfrag,
} from './restart-record.js'

/** What changes the state. */
export type RestartEvent =
  | {
      readonly type: 'servers-written'
      readonly changed: boolean
      readonly localUfrag: string | undefined
      /** When the credentials of the previous servers expire, in epoch ms. */
      readonly deadline: number
    }
  | { readonly type: 'negotiated'; readonly localUfrag: string | undefined; readonly isStable: boolean }
  | { readonly type: 'credentials-rejected'; readonly url: string; readonly stunCode: number }
  | { readonly type: 'ice-state-changed' | 'request-failed' }
  | { readonly type: 'checked'; readonly snapshot: ConnectionSnapshot }
  | { readonly type: 'slot-reserved'; readonly restartAt: number }

/** What the transitions depend on beside record and event. */
export interface RestartContext {
  /** Epoch ms. */
  readonly now: number
  readonly monotonicNow: number
  readonly condition: RestartCondition
}

/** What is to be done after a transition. A `check` replaces one that was planned before. */
export type RestartEffect =
  | { readonly type: 'check'; readonly delayMs: number }
  | { readonly type: 'reserve-slot' }
  | { readonly type: 'report-rejection'; readonly url: string; readonly stunCode: number }
  | { readonly type: 'request-restart'; readonly deadline: number }

/** The record after a transition, and what is to be done. */
export type RestartTransition = readonly [record: RestartRecord, ...effects: RestartEffect[]]

/** The transition table. */
export function nextRestartState(
  record: RestartRecord,
  event: RestartEvent,
  context: RestartContext,
): RestartTransition {
  switch (event.type) {
    case 'servers-written':
      return [
        event.changed ? afterServersChanged(record, event, context) : record,
        { type: 'check', delayMs: OFFER_IN_FLIGHT_MS },
      ]
    case 'negotiated':
      return [afterNegotiation(record, event, context)]
    case 'ice-state-changed':
      return [record, { type: 'check', delayMs: 0 }]
    case 'credentials-rejected':
      // A rejection of servers that have been replaced is of no interest.
      if (outdatedOf(record.state)) return [record]
      return [
        { ...record, areCredentialsRejected: true },
        { ...event, type: 'report-rejection' },
      ]
    case 'checked':
      return afterCheck(withUfrag(record, event.snapshot.localUfrag), event.snapshot, context)
    case 'slot-reserved':
      return requestOrWait(record, event.restartAt, context)
    case 'request-failed':
      return afterFailedRequest(record, context)
  }
}

function afterServersChanged(
  record: RestartRecord,
  { localUfrag, deadline }: RestartEvent & { type: 'servers-written' },
  { monotonicNow }: RestartContext,
): RestartRecord {
  const changed = { ...withUfrag(record, localUfrag), lastChange: { at: monotonicNow, deadline } }
  if (localUfrag === undefined) return changed
  // The candidates in use became outdated with the first change; further changes do not extend their lifetime.
  return withOutdated(changed, outdatedOf(changed.state) ?? { ufrag: localUfrag, deadline })
}

function afterNegotiation(
  record: RestartRecord,
  { localUfrag, isStable }: RestartEvent & { type: 'negotiated' },
  { monotonicNow }: RestartContext,
): RestartRecord {
  const { lastChange } = record
  const negotiated = { ...withUfrag(record, localUfrag), negotiatedAt: monotonicNow }
  const wasInFlight = lastChange !== undefined && monotonicNow - lastChange.at < OFFER_IN_FLIGHT_MS
  if (wasInFlight && localUfrag !== undefined) {
    const deadline = outdatedOf(record.state)?.deadline ?? lastChange.deadline
    return withOutdated(negotiated, { ufrag: localUfrag, deadline })
  }
  const { state } = negotiated
  if (state.name !== 'offered' || !isStable) return negotiated
  return { ...negotiated, state: { ...state, name: 'checking' } }
}

function afterCheck(
  record: RestartRecord,
  snapshot: ConnectionSnapshot,
  context: RestartContext,
): RestartTransition {
  const { state, areCredentialsRejected, negotiatedAt } = record
  const isNeeded = isRestartNeeded(snapshot, {
    condition: context.condition,
    isOutdated: outdatedOf(state) !== undefined,
    isRequested: state.name === 'requested',
    areCredentialsRejected,
  })
  if (!isNeeded) return [withoutRestart(record, snapshot)]
  const sinceMs = negotiatedAt === undefined ? undefined : context.monotonicNow - negotiatedAt
  if (sinceMs !== undefined && isSettling(snapshot, areCredentialsRejected, sinceMs)) {
    return [record, { type: 'check', delayMs: SETTLE_POLL_MS }]
  }
  if (state.name === 'queued') return requestOrWait(record, state.restartAt, context)
  return [record, { type: 'reserve-slot' }]
}

function requestOrWait(record: RestartRecord, restartAt: number, context: RestartContext): RestartTransition {
  const outdated = outdatedOf(record.state)
  const failedAttempts = failedAttemptsOf(record.state)
  const waitMs = restartAt - context.monotonicNow
  if (waitMs > 0) {
    const queued = { ...record, state: { name: 'queued', outdated, failedAttempts, restartAt } } as const
    return [queued, { type: 'check', delayMs: Math.ceil(waitMs) }] // timers cut off fractions
  }
  const deadline = outdated?.deadline ?? record.lastChange?.deadline ?? context.now
  return [
    { ...record, areCredentialsRejected: false, state: { name: 'requested', outdated, failedAttempts } },
    { type: 'request-restart', deadline },
  ]
}

function afterFailedRequest(record: RestartRecord, { now, monotonicNow }: RestartContext): RestartTransition {
  const { state } = record
  if (state.name !== 'requested') return [record]
  const failedAttempts = state.failedAttempts + 1
  const delayMs = restartRetryDelayMs(failedAttempts, (state.outdated?.deadline ?? now) - now)
  if (delayMs === undefined) return [{ ...record, state: { ...state, failedAttempts } }]
  const restartAt = monotonicNow + delayMs
  return [
    { ...record, state: { ...state, name: 'queued', failedAttempts, restartAt } },
    { type: 'check', delayMs },
  ]
}
