/** The refresh state of a provider: when it may request and when it will. Pure; the provider performs the requests. */
import {
  backoffDelayMs,
  type ConfigurationPhase,
  chooseRefreshAt,
  type Lifetime,
  minimumDelayMs,
  phaseAt,
} from './refresh-policy.js'

/** Upper limit of the backoff while a caller is waiting or the browser is offline. */
const MAX_BACKOFF_WHILE_AWAITED_MS = 120_000

/** Consecutive failed requests. */
export interface Outage {
  /** Duration so far, in ms. Time that a machine slept through does not count. */
  readonly durationMs: number
  /** When the last request failed. */
  readonly failedAt: number
}

/**
 * - `resting`: the next request is the planned refresh.
 * - `in-flight`: a request is in flight. `outageMs` is missing if the previous one succeeded.
 * - `backing-off`: requests failed, or a TURN server keeps rejecting the credentials; the next request is at `retryAt`.
 * - `waiting-for-network`: the same while the browser is offline, with a limit of two minutes.
 * - `denied`: the backend returned 401 or 403. No request until `refresh()`.
 * - `stopped`: the same after a mistake in the app or its options, with which every request fails.
 * - `closed`: final.
 */
export type RefreshState =
  | { readonly name: 'resting' }
  | { readonly name: 'in-flight'; readonly outageMs: number | undefined; readonly wasDenied: boolean }
  | {
      readonly name: 'backing-off' | 'waiting-for-network'
      readonly retryAt: number
      readonly outage: Outage | undefined
    }
  | { readonly name: 'denied'; readonly outage: Outage }
  | { readonly name: 'stopped'; readonly outage: Outage }
  | { readonly name: 'closed' }

/** The state and what every state needs. Moments are epoch ms. */
export interface RefreshRecord {
  readonly state: RefreshState
  /** Lifetime of the current configuration, also after its expiry. */
  readonly lifetime: Lifetime | undefined
  /** When the current configuration is due to be refreshed. */
  readonly refreshAt: number
  /** Earliest time of the next request: after the minimum interval and `Retry-After`. */
  readonly earliestRequestAt: number
  /** Set when a TURN server rejected the current credentials, and kept while their replacements are rejected, too. */
  readonly rejection: { readonly since: number; readonly isReplaced: boolean } | undefined
}

/** What changes the refresh state. A configuration can be a response, or come from another tab. */
export type RefreshEvent =
  | { readonly type: 'request-started' | 'credentials-rejected' | 'online' | 'closed' }
  | {
      readonly type: 'configuration-received'
      readonly lifetime: Lifetime
      readonly serversChanged: boolean
    }
  | {
      readonly type: 'request-failed'
      /** Set if a retry cannot succeed. */
      readonly stop: 'denied' | 'stopped' | undefined
      readonly retryAfterMs: number | undefined
      readonly isOffline: boolean
    }

/** What the transitions depend on beside record and event. */
export interface RefreshContext {
  /** Epoch ms. */
  readonly now: number
  /** Like `Math.random`. */
  readonly random: () => number
  readonly refreshMarginMs?: number | undefined
  readonly minRefreshIntervalMs: number
}

/** Why a request is wanted earlier than planned: `forced` by `refresh()`, or `awaited` by a pending call. */
export type RequestUrgency = 'forced' | 'awaited'

/** Returns the record of a provider that has not requested anything yet. */
export function createRefreshRecord(now: number): RefreshRecord {
  return {
    state: { name: 'resting' },
    lifetime: undefined,
    refreshAt: now,
    earliestRequestAt: now,
    rejection: undefined,
  }
}

/** Returns the record after an event. `closed` is final. */
export function nextRefreshState(
  record: RefreshRecord,
  event: RefreshEvent,
  context: RefreshContext,
): RefreshRecord {
  if (record.state.name === 'closed') return record
  switch (event.type) {
    case 'request-started':
      return afterStart(record, context.now)
    case 'configuration-received':
      return afterConfiguration(record, event, context)
    case 'request-failed':
      return afterFailure(record, event, context)
    case 'credentials-rejected':
      return afterRejection(record, context)
    case 'online':
      return afterOnline(record)
    case 'closed':
      return { ...record, state: { name: 'closed' }, lifetime: undefined }
  }
}

/** Returns the phase of the current configuration; `idle` without one. */
export function phaseOf({ lifetime, refreshAt }: RefreshRecord, now: number): 'idle' | ConfigurationPhase {
  return lifetime ? phaseAt(now, lifetime, refreshAt) : 'idle'
}

/** Whether the backend has denied access since the last configuration, also while `refresh()` is in flight. */
export function isDenied({ state }: RefreshRecord): boolean {
  return state.name === 'denied' || (state.name === 'in-flight' && state.wasDenied)
}

/** Whether the last request failed, also while the next one is in flight. */
export function hasFailed({ state }: RefreshRecord): boolean {
  return outageOf(state) !== undefined || (state.name === 'in-flight' && state.outageMs !== undefined)
}

/**
 * Returns when a request is due, in epoch ms; `undefined` if none will be made without a further event.
 *
 * @param urgency - Why a request is wanted earlier than planned.
 */
export function requestAt(record: RefreshRecord, urgency: RequestUrgency | undefined): number | undefined {
  const { state, refreshAt, earliestRequestAt } = record
  if (state.name === 'in-flight' || state.name === 'closed') return undefined
  if (urgency === 'forced') return earliestRequestAt
  if (state.name === 'denied' || state.name === 'stopped') return undefined
  if (state.name === 'resting') return Math.max(earliestRequestAt, refreshAt)
  const latestAt = urgency === 'awaited' ? earliestRequestAt + MAX_BACKOFF_WHILE_AWAITED_MS : state.retryAt
  return Math.max(Math.min(state.retryAt, latestAt), refreshAt)
}

/** The outage grows by the time since the last failure, up to the planned retry: later time was slept through. */
function afterStart(record: RefreshRecord, now: number): RefreshRecord {
  const { state } = record
  const outage = outageOf(state)
  const waitedUntil = 'retryAt' in state ? Math.min(now, state.retryAt) : now
  const outageMs = outage && outage.durationMs + Math.max(waitedUntil - outage.failedAt, 0)
  return { ...record, state: { name: 'in-flight', outageMs, wasDenied: state.name === 'denied' } }
}

function afterConfiguration(
  previous: RefreshRecord,
  { lifetime, serversChanged }: RefreshEvent & { type: 'configuration-received' },
  context: RefreshContext,
): RefreshRecord {
  const { now, random, refreshMarginMs, minRefreshIntervalMs } = context
  const { rejection } = previous
  const mayBeSynchronized = !previous.lifetime || hasFailed(previous)
  const record: RefreshRecord = {
    state: { name: 'resting' },
    lifetime,
    refreshAt: chooseRefreshAt(lifetime, refreshMarginMs, random(), mayBeSynchronized),
    earliestRequestAt: now + minRefreshIntervalMs,
    // One more configuration without a rejection ends it.
    rejection: rejection?.isReplaced ? undefined : rejection && { ...rejection, isReplaced: true },
  }
  const areStillRejected = rejection?.isReplaced === false && !serversChanged
  return areStillRejected ? afterRejection(record, context) : record
}

function afterFailure(
  record: RefreshRecord,
  { stop, retryAfterMs, isOffline }: RefreshEvent & { type: 'request-failed' },
  { now, random, minRefreshIntervalMs }: RefreshContext,
): RefreshRecord {
  const { state, lifetime, rejection } = record
  const durationMs = state.name === 'in-flight' && state.outageMs !== undefined ? state.outageMs : 0
  const outage = { durationMs, failedAt: now }
  const earliestRequestAt = now + minimumDelayMs(minRefreshIntervalMs, retryAfterMs)
  if (stop) return { ...record, earliestRequestAt, state: { name: stop, outage } }

  const areUsable = lifetime && rejection?.isReplaced !== false
  const remainingMs = areUsable ? lifetime.expiresAt - earliestRequestAt : 0
  const delayMs = isOffline ? MAX_BACKOFF_WHILE_AWAITED_MS : backoffDelayMs(durationMs, remainingMs, random())
  const name = isOffline ? 'waiting-for-network' : 'backing-off'
  return { ...record, earliestRequestAt, state: { name, retryAt: earliestRequestAt + delayMs, outage } }
}

/** The first rejection makes a refresh due at once. While the replacements are rejected, too, requests back off. */
function afterRejection(record: RefreshRecord, { now, random }: RefreshContext): RefreshRecord {
  const { state, earliestRequestAt } = record
  const isFirst = record.rejection === undefined
  const since = record.rejection?.since ?? now
  const rejected = { ...record, refreshAt: now, rejection: { since, isReplaced: false } }
  if (state.name === 'backing-off') {
    // The backoff of a failure was chosen for credentials that were valid.
    const durationMs = isFirst ? (state.outage?.durationMs ?? 0) : now - since
    const retryAt = Math.max(earliestRequestAt, now) + backoffDelayMs(durationMs, 0, random())
    const chosenAt = isFirst ? Math.min(state.retryAt, retryAt) : Math.max(state.retryAt, retryAt)
    return { ...rejected, state: { ...state, retryAt: chosenAt } }
  }
  if (isFirst || state.name !== 'resting') return rejected
  const retryAt = Math.max(earliestRequestAt, now + backoffDelayMs(now - since, 0, random()))
  return { ...rejected, state: { name: 'backing-off', retryAt, outage: undefined } }
}

/** Ends any backoff: the outage may have been that of the network. `Retry-After` and the minimum interval stay. */
function afterOnline(record: RefreshRecord): RefreshRecord {
  const { state, earliestRequestAt: retryAt } = record
  if (state.name === 'in-flight') {
    return { ...record, state: { ...state, outageMs: state.outageMs === undefined ? undefined : 0 } }
  }
  if (state.name !== 'backing-off' && state.name !== 'waiting-for-network') return record
  const outage = state.outage && { ...state.outage, durationMs: 0 }
  return { ...record, state: { name: 'backing-off', retryAt, outage } }
}

function outageOf(state: RefreshState): Outage | undefined {
  return 'outage' in state ? state.outage : undefined
}
