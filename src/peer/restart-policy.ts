/** Whether ICE is to be restarted, and when a restart may begin: decisions and their waiting times, no state. */
import type { RestartPolicy } from '../attachable-connection.js'
import type { AfterExpiry } from '../config/after-expiry.js'
import { isConnected, isDisconnected } from '../ice-states.js'
import type { RestartCause } from '../restart-report.js'
import type { ConnectionSnapshot } from './connection-snapshot.js'

/** The condition of a restart policy; a function counts as `relayed`. */
export type RestartCondition = 'relayed' | 'always' | 'lost' | 'never'

/** An offer created before `setConfiguration()` can become the local description up to this much later. */
export const OFFER_IN_FLIGHT_MS = 500

/** A restart of a lost connection is requested again after this time at the earliest. */
export const REPEAT_REQUEST_MS = 5000

/** How often a connection is checked while a negotiation takes effect. */
export const SETTLE_POLL_MS = 500

/**
 * Minimum time between a negotiation and the next ICE restart. Firefox 153 loses a connection that restarts again before
 * it has switched to the new candidates. The longer time applies while stats still show the old candidates.
 */
const NEGOTIATION_SETTLE_MS = 2000
const PAIR_SWITCH_TIMEOUT_MS = 20_000

/** Time for an ICE restart before the one that moves the connection to the current servers, with the waiting times of both. */
const TIME_FOR_TWO_RESTARTS_MS = 10_000

/**
 * Returns whether the servers of a connection may be deferred.
 *
 * - Before the expiry: two ICE restarts, one after the other, complete in time. So they do if the expiry is unknown: most likely
 *   the app has just requested the credentials in use.
 * - After it: a connection that still works may be on a TURN server that keeps allocations.
 *
 * @param deadline - When the credentials in use expire, in epoch ms; `undefined` if that is unknown.
 * @param isEvacuation - Whether a TURN server may be about to stop.
 * @param afterExpiry - What the TURN server does at expiry, if that is known.
 */
export function mayDeferServers(
  { deadline, isEvacuation }: { readonly deadline: number | undefined; readonly isEvacuation: boolean },
  afterExpiry: AfterExpiry | undefined,
  now: number,
): boolean {
  if (afterExpiry === 'keep' || deadline === undefined) return true
  if (deadline > now) return deadline - now > TIME_FOR_TWO_RESTARTS_MS
  return afterExpiry === undefined && !isEvacuation
}

/**
 * How long after the expiry a lost connection shows that the TURN server drops allocations. pion drops them at their next
 * refresh, which comes within 10 minutes (RFC 8656 §3.2), and it takes a browser some time to notice.
 */
const DROP_WINDOW_MS = 11 * 60_000

/** Returns whether a connection was lost because the TURN server dropped its allocation at expiry. */
export function isDroppedAtExpiry({ iceState }: ConnectionSnapshot, deadline: number, now: number): boolean {
  return isDisconnected(iceState) && now >= deadline && now < deadline + DROP_WINDOW_MS
}

/** Delay before a restart that could not be requested is requested again; doubled each time, up to the maximum. */
const RETRY_MS = 1000
const MAX_RETRY_MS = 16_000

/** Attempts that are made even if the deadline has passed, or is unknown, as it is when a connection is attached. */
const MIN_ATTEMPTS = 3

/** Returns the condition of the strongest policy. */
export function restartConditionOf(policies: readonly RestartPolicy[]): RestartCondition {
  if (policies.includes('always')) return 'always'
  if (policies.some((policy) => policy === 'relayed' || typeof policy === 'function')) return 'relayed'
  return policies.includes('lost') ? 'lost' : 'never'
}

/** Returns why a restart is requested, for its report. */
export function restartCauseOf(
  isDisconnected: boolean,
  isCutOff: boolean,
  areCredentialsRejected: boolean,
): RestartCause {
  if (isCutOff) return 'network'
  if (isDisconnected) return 'lost'
  return areCredentialsRejected ? 'rejected' : 'rotation'
}

/** Whether a connection is also restarted if it is lost on current servers. */
export function restoresConnections(condition: RestartCondition): boolean {
  return condition === 'always' || condition === 'lost'
}

/** What the decisions depend on, beside the snapshot. */
export interface RestartNeed {
  readonly condition: RestartCondition
  /** Whether the TURN server keeps live allocations when their credentials expire. */
  readonly areAllocationsKept: boolean
  /** Whether the connection still uses candidates of replaced servers. */
  readonly isOutdated: boolean
  /** Whether a restart has been requested for these servers. */
  readonly isRequested: boolean
  /** Whether it has been requested so recently that it is not requested again, also if the connection is lost. */
  readonly isJustRequested: boolean
  /** Whether a TURN server has rejected the credentials that the connection gathered with. */
  readonly areCredentialsRejected: boolean
  /** Whether the connection receives nothing since the network has changed. */
  readonly isCutOff: boolean
}

/** Returns whether the connection needs an ICE restart now. */
export function isRestartNeeded(snapshot: ConnectionSnapshot, need: RestartNeed): boolean {
  const { iceState, path } = snapshot
  const { condition, isCutOff } = need
  if (condition === 'never') return false
  if (!need.isOutdated && need.isJustRequested) return false
  if (!need.isOutdated) return restoresConnections(condition) && (iceState === 'failed' || isCutOff)
  if (isDisconnected(iceState) || isCutOff) return !need.isJustRequested
  // A requested restart takes effect with the next negotiation. Only a connection that is lost requests it again.
  if (need.isRequested || condition === 'lost') return false
  if (condition === 'always') return true
  if (!isConnected(iceState) || need.areAllocationsKept) return need.areCredentialsRejected
  // Unknown: an unnecessary restart costs less than a dropped call.
  return path !== 'direct'
}

/**
 * Returns whether the last negotiation may still be taking effect, so that a restart has to wait.
 *
 * @param cannotSwitch - Whether it is known that the selected pair does not move: no relay was allocated, or time has shown it.
 */
export function isSettling(
  { iceState, isSwitchingPair }: ConnectionSnapshot,
  cannotSwitch: boolean,
  sinceNegotiationMs: number,
): boolean {
  const canStillSwitch = isSwitchingPair && !cannotSwitch && !isDisconnected(iceState)
  return sinceNegotiationMs < (canStillSwitch ? PAIR_SWITCH_TIMEOUT_MS : NEGOTIATION_SETTLE_MS)
}

/**
 * Returns the delay before a restart that could not be requested is requested again; `undefined` to give up until the
 * connection is `disconnected` or `failed`.
 *
 * @param failedAttempts - At least 1.
 * @param remainingMs - Until the credentials in use expire.
 */
export function restartRetryDelayMs(failedAttempts: number, remainingMs: number): number | undefined {
  const delayMs = Math.min(RETRY_MS * 2 ** (failedAttempts - 1), MAX_RETRY_MS)
  return delayMs < remainingMs || failedAttempts < MIN_ATTEMPTS ? delayMs : undefined
}
