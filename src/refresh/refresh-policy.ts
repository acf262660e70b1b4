/** Without an own margin: a fifth of the lifetime, within these bounds. */
const MARGIN_SHARE = 1 / 5
const MIN_MARGIN_MS = 30_000
const MAX_MARGIN_MS = 600_000

/** No margin takes more of a lifetime, so that short-lived credentials are used before they are replaced. */
const MAX_MARGIN_SHARE = 1 / 2

/** Clients that started together spread their refreshes over this part of the lifetime. */
const JITTER_SHARE = 1 / 10

const FIRST_BACK_OFF_MS = 2_000
export const MAX_BACK_OFF_MS = 120_000

/** A `Retry-After` beyond an hour is taken for an hour: a slip on the server must not switch clients off. */
const MAX_RETRY_AFTER_MS = 3_600_000

/** What the policy needs to know of a configuration. Moments are epoch ms. */
export interface Lifetime {
  readonly fetchedAt: number
  readonly expiresAt: number
}

/**
 * - `fresh`: to be used.
 * - `stale`: to be used, and to be replaced.
 * - `expired`: not to be used.
 */
export type Phase = 'fresh' | 'stale' | 'expired'

/** How usable a configuration is at a moment. At its very end it is not. */
export function phaseAt(now: number, { expiresAt }: Lifetime, refreshAt: number): Phase {
  if (now >= expiresAt) return 'expired'
  return now >= refreshAt ? 'stale' : 'fresh'
}

/**
 * When to replace a configuration: a margin and a random part of its lifetime before its end.
 *
 * @param random - From 0 to 1.
 */
export function refreshMoment(
  lifetime: Lifetime,
  refreshMarginMs: number | undefined,
  random: number,
): number {
  const lifetimeMs = lifetime.expiresAt - lifetime.fetchedAt
  const usualMarginMs = Math.min(Math.max(lifetimeMs * MARGIN_SHARE, MIN_MARGIN_MS), MAX_MARGIN_MS)
  const marginMs = Math.min(refreshMarginMs ?? usualMarginMs, lifetimeMs * MAX_MARGIN_SHARE)
  return lifetime.expiresAt - marginMs - random * lifetimeMs * JITTER_SHARE
}

/** How long nobody may ask after a failure: what the server wants, and the minimum interval at least. */
export function pauseMs(minRefreshIntervalMs: number, retryAfterMs: number | undefined): number {
  return Math.max(minRefreshIntervalMs, Math.min(retryAfterMs || 0, MAX_RETRY_AFTER_MS))
}

/**
 * How much longer the provider waits by itself: exponential back-off with full jitter, so that a fleet of
 * clients never comes back in waves.
 *
 * @param failures - In a row, from 1.
 * @param random - From 0 to 1.
 */
export function backOffMs(failures: number, random: number): number {
  return random * Math.min(FIRST_BACK_OFF_MS * 2 ** (failures - 1), MAX_BACK_OFF_MS)
}
