/** Without an own margin: a fifth of the lifetime, within these bounds. */
const MARGIN_SHARE = 1 / 5
const MIN_MARGIN_MS = 30_000
const MAX_MARGIN_MS = 600_000

/** No margin takes more of a lifetime, so that short-lived credentials are used before they are replaced. */
const MAX_MARGIN_SHARE = 1 / 2

/** Each refresh comes earlier by a random part of up to this share, so that clients do not fall into step. */
const JITTER_SHARE = 1 / 10

const MIN_BACK_OFF_MS = 2_000
const MAX_BACK_OFF_MS = 1_800_000

/** Without usable credentials, the next try is up to so many times as far off as the first failure is. */
const BACK_OFF_GROWTH = 3

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
export type ConfigurationPhase = 'fresh' | 'stale' | 'expired'

/** How usable a configuration is at a moment. At its very end it is not. */
export function phaseAt(now: number, { expiresAt }: Lifetime, refreshAt: number): ConfigurationPhase {
  if (now >= expiresAt) return 'expired'
  return now >= refreshAt ? 'stale' : 'fresh'
}

/**
 * When to replace a configuration: a margin before its end, and earlier by a random part of its lifetime.
 *
 * @param random - From 0 to 1.
 * @param mayBeSynchronized - It did not come at the moment that was planned here, for it is the first, or the first after an
 * outage. Many clients may have got theirs at the same time; any moment is as likely then, so that they part at once.
 */
export function chooseRefreshAt(
  { fetchedAt, expiresAt }: Lifetime,
  refreshMarginMs: number | undefined,
  random: number,
  mayBeSynchronized: boolean,
): number {
  const lifetimeMs = expiresAt - fetchedAt
  const usualMarginMs = Math.min(Math.max(lifetimeMs * MARGIN_SHARE, MIN_MARGIN_MS), MAX_MARGIN_MS)
  const marginMs = Math.min(refreshMarginMs ?? usualMarginMs, lifetimeMs * MAX_MARGIN_SHARE)
  const spreadMs = mayBeSynchronized ? lifetimeMs - marginMs : lifetimeMs * JITTER_SHARE
  return expiresAt - marginMs - random * spreadMs
}

/** How long nobody may ask after a failure: what the server wants, and the minimum interval at least. */
export function minimumDelayMs(minRefreshIntervalMs: number, retryAfterMs: number | undefined): number {
  return Math.max(minRefreshIntervalMs, Math.min(retryAfterMs || 0, MAX_RETRY_AFTER_MS))
}

/**
 * How much longer the provider waits by itself after a failure: half of a bound, and a random part of the other half.
 * While the credentials live, the bound is what is left of them, for there is no hurry; then it grows with the outage.
 * So a fleet comes back over about the time for which its backend was away, and not in a wave.
 *
 * @param outageMs - For how long it has failed.
 * @param leftMs - Of the lifetime of the configuration at hand; 0 without one.
 * @param random - From 0 to 1.
 */
export function backoffDelayMs(outageMs: number, leftMs: number, random: number): number {
  const wantedMs = leftMs > 0 ? leftMs : outageMs * BACK_OFF_GROWTH
  const boundMs = Math.min(Math.max(wantedMs, MIN_BACK_OFF_MS), MAX_BACK_OFF_MS)
  return (boundMs * (1 + random)) / 2
}
