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

/** A row of failures without a success in between. */
export interface Outage {
  /** How long requests have failed, in ms. Time that a machine slept through does not count. */
  readonly durationMs: number
  readonly failedAt: number
  /** When the provider planned to retry; `undefined` after a denial. */
  readonly retryAt: number | undefined
}

/**
 * - `resting`: the next request is the planned refresh.
 * - `in-flight`: a request is in flight.
 * - `backing-off`: requests failed, or a TURN server keeps rejecting the credentials; the next request is at `retryAt`.
 * - `waiting-for-network`: as `backing-off`, while the browser is offline: the `online` event ends it.
 * - `denied`: the backend returned 401 or 403. No request until `refresh()`.
 * - `closed`: final.
 */
export type RefreshState =
  | { readonly name: 'resting' }
  | { readonly name: 'closed' }
  | { readonly name: 'in-flight'; readonly outage: Outage | undefined }
  | { readonly name: 'denied'; readonly outage: Outage }
  | {
      readonly name: 'backing-off' | 'waiting-for-network'
      readonly retryAt: number
      readonly outage: Outage | undefined
    }

/** The state and what every state needs. Moments are epoch ms. */
export interface RefreshRecord {
  readonly state: RefreshState
  /** Lifetime of the current configuration, also after its expiry. */
  readonly lifetime: Lifetime | undefined
  /** When the current configuration is due to be refreshed. */
  readonly refreshAt: number
  /** No request is made before: the minimum interval, or `Retry-After`. */
  readonly earliestRequestAt: number
  /** Set when a TURN server rejected the current credentials, and kept while their replacements are rejected, too. */
  readonly rejection: { readonly since: number; readonly isReplaced: boolean } | undefined
}

/** What changes the refresh state. A configuration counts as `succeeded`, wherever it came from. */
export type RefreshEvent =
  | { readonly type: 'requested' | 'rejected' | 'online' | 'closed' }
  | { readonly type: 'succeeded'; readonly lifetime: Lifetime; readonly serversChanged: boolean }
  | {
      readonly type: 'failed'
      readonly fatal: boolean
      readonly retryAfterMs: number | undefined
      readonly isOffline: boolean
    }

/** What the transitions depend on beside state and event. */
export interface RefreshContext {
  /** Epoch ms. */
  readonly now: number
  /** Like `Math.random`. */
  readonly random: () => number
  readonly refreshMarginMs?: number | undefined
  readonly minRefreshIntervalMs: number
}

/** Why a request is wanted: `forced` by `refresh()`, or `awaited` by a pending call. Otherwise it is a planned refresh. */
export type RequestReason = 'forced' | 'awaited'

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

/** The transition table. An event that a state does not list changes nothing. */
export function nextRefreshState(
  record: RefreshRecord,
  event: RefreshEvent,
  context: RefreshContext,
): RefreshRecord {
  if (record.state.name === 'closed') return record
  switch (event.type) {
    case 'requested':
      return { ...record, state: { name: 'in-flight', outage: outageOf(record.state) } }
    case 'succeeded':
      return afterSuccess(record, event, context)
    case 'failed':
      return afterFailure(record, event, context)
    case 'rejected':
      return afterRejection(record, context)
    case 'online':
      return afterReconnection(record)
    case 'closed':
      return { ...record, state: { name: 'closed' }, lifetime: undefined }
  }
}

/** Returns the phase of the current configuration; `idle` without one. */
export function phaseOf({ lifetime, refreshAt }: RefreshRecord, now: number): 'idle' | ConfigurationPhase {
  return lifetime ? phaseAt(now, lifetime, refreshAt) : 'idle'
}

/**
 * Returns when a request is due, in epoch ms; `undefined` if none will be made without a further event.
 *
 * @param reason - Why a request is wanted now, in addition to the planned refresh.
 */
export function requestAt(record: RefreshRecord, reason: RequestReason | undefined): number | undefined {
  const { state, refreshAt, earliestRequestAt } = record
  if (state.name === 'in-flight' || state.name === 'closed') return undefined
  if (reason === 'forced') return earliestRequestAt
  if (state.name === 'denied') return undefined
  if (state.name === 'resting') return Math.max(earliestRequestAt, refreshAt)
  const latestAt = reason === 'awaited' ? earliestRequestAt + MAX_BACKOFF_WHILE_AWAITED_MS : state.retryAt
  return Math.max(Math.min(state.retryAt, latestAt), refreshAt)
}

function afterSuccess(
  { state, lifetime: previous, rejection }: RefreshRecord,
  { lifetime, serversChanged }: RefreshEvent & { type: 'succeeded' },
  context: RefreshContext,
): RefreshRecord {
  const { now, random, refreshMarginMs, minRefreshIntervalMs } = context
  const mayBeSynchronized = !previous || outageOf(state) !== undefined
  const record: RefreshRecord = {
    state: { name: 'resting' },
    lifetime,
    refreshAt: chooseRefreshAt(lifetime, refreshMarginMs, random(), mayBeSynchronized),
    earliestRequestAt: now + minRefreshIntervalMs,
    // One more success without a rejection ends it.
    rejection: rejection?.isReplaced ? undefined : rejection && { ...rejection, isReplaced: true },
  }
  const areStillRejected = rejection?.isReplaced === false && !serversChanged
  return areStillRejected ? afterRejection(record, context) : record
}

function afterFailure(
  record: RefreshRecord,
  { fatal, retryAfterMs, isOffline }: RefreshEvent & { type: 'failed' },
  { now, random, minRefreshIntervalMs }: RefreshContext,
): RefreshRecord {
  const { state, lifetime, rejection } = record
  const earliestRequestAt = now + minimumDelayMs(minRefreshIntervalMs, retryAfterMs)
  const durationMs = extendedOutageMs(outageOf(state), now)
  if (fatal) {
    const outage = { durationMs, failedAt: now, retryAt: undefined }
    return { ...record, earliestRequestAt, state: { name: 'denied', outage } }
  }
  const areUsable = lifetime && rejection?.isReplaced !== false
  const remainingMs = areUsable ? lifetime.expiresAt - earliestRequestAt : 0
  const delayMs = isOffline ? MAX_BACKOFF_WHILE_AWAITED_MS : backoffDelayMs(durationMs, remainingMs, random())
  const retryAt = earliestRequestAt + delayMs
  const outage = { durationMs, failedAt: now, retryAt }
  const name = isOffline ? 'waiting-for-network' : 'backing-off'
  return { ...record, earliestRequestAt, state: { name, retryAt, outage } }
}

/** The first rejection makes a refresh due at once. While the replacements are rejected, too, requests back off. */
function afterRejection(record: RefreshRecord, { now, random }: RefreshContext): RefreshRecord {
  const since = record.rejection?.since ?? now
  const rejected = { ...record, refreshAt: now, rejection: { since, isReplaced: false } }
  if (!record.rejection || record.state.name === 'in-flight' || record.state.name === 'denied')
    return rejected
  const retryAt = Math.max(
    'retryAt' in record.state ? record.state.retryAt : record.earliestRequestAt,
    now + backoffDelayMs(now - since, 0, random()),
  )
  return { ...rejected, state: { name: 'backing-off', retryAt, outage: outageOf(record.state) } }
}

/** The backoff was for a network that was away. `Retry-After` and the minimum interval stay. */
function afterReconnection(record: RefreshRecord): RefreshRecord {
  const { state, earliestRequestAt: retryAt } = record
  const previous = outageOf(state)
  const outage = previous && { ...previous, durationMs: 0, retryAt }
  if (state.name === 'in-flight') return { ...record, state: { ...state, outage } }
  if (state.name !== 'backing-off' && state.name !== 'waiting-for-network') return record
  return { ...record, state: { name: 'backing-off', retryAt, outage } }
}

function outageOf(state: RefreshState): Outage | undefined {
  return 'outage' in state ? state.outage : undefined
}

/** Adds the time since the last failure, up to the planned retry: what came later was slept through. */
function extendedOutageMs(outage: Outage | undefined, now: number): number {
  if (!outage) return 0
  const waitedUntil = Math.min(now, outage.retryAt ?? now)
  return outage.durationMs + Math.max(waitedUntil - outage.failedAt, 0)
}
