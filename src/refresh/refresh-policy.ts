/** When a configuration is refreshed and how long to back off after a failure: numbers only, no state. */

/** Default refresh margin: a fifth of the lifetime, within these bounds. */
const MARGIN_RATIO = 1 / 5
const MIN_MARGIN_MS = 30_000
const MAX_MARGIN_MS = 600_000

/** Upper limit of any margin, so that short-lived credentials are used before they are replaced. */
const MAX_MARGIN_RATIO = 1 / 2

/** Each refresh comes earlier by a random part of up to this ratio of the lifetime, so that clients stay spread out. */
const JITTER_RATIO = 1 / 10

const MIN_BACKOFF_MS = 2_000
const MAX_BACKOFF_MS = 1_800_000

/** Without valid credentials, the backoff grows to this multiple of the outage. */
const BACKOFF_GROWTH = 3

/** A longer `Retry-After` counts as an hour: a mistake on the server must not switch clients off. */
const MAX_RETRY_AFTER_MS = 3_600_000

/** When a configuration was requested and when it expires, in epoch ms. */
export interface Lifetime {
  readonly fetchedAt: number
  readonly expiresAt: number
}

/**
 * - `fresh`: valid.
 * - `stale`: valid, and due to be refreshed.
 * - `expired`: no longer valid.
 */
export type ConfigurationPhase = 'fresh' | 'stale' | 'expired'

/** Returns the phase of a configuration. At the very moment of its expiry it is expired. */
export function phaseAt(now: number, { expiresAt }: Lifetime, refreshAt: number): ConfigurationPhase {
  if (now >= expiresAt) return 'expired'
  return now >= refreshAt ? 'stale' : 'fresh'
}

/**
 * Returns when to refresh a configuration: a margin before its expiry, and earlier by a random part of its lifetime.
 *
 * @param random - From 0 to 1.
 * @param mayBeSynchronized - Whether many clients may have fetched at this moment: at the first fetch and after an
 * outage. The refresh is then spread over the whole time before the margin.
 */
export function chooseRefreshAt(
  { fetchedAt, expiresAt }: Lifetime,
  refreshMarginMs: number | undefined,
  random: number,
  mayBeSynchronized: boolean,
): number {
  const lifetimeMs = expiresAt - fetchedAt
  const defaultMarginMs = Math.min(Math.max(lifetimeMs * MARGIN_RATIO, MIN_MARGIN_MS), MAX_MARGIN_MS)
  const marginMs = Math.min(refreshMarginMs ?? defaultMarginMs, lifetimeMs * MAX_MARGIN_RATIO)
  const spreadMs = mayBeSynchronized ? lifetimeMs - marginMs : lifetimeMs * JITTER_RATIO
  return expiresAt - marginMs - random * spreadMs
}

/** Returns the minimum delay before the next request: `Retry-After` (at most an hour), or the minimum interval. */
export function minimumDelayMs(minRefreshIntervalMs: number, retryAfterMs: number | undefined): number {
  // An error of the app can have any number, also NaN.
  const retryAfter = retryAfterMs !== undefined && retryAfterMs > 0 ? retryAfterMs : 0
  return Math.max(minRefreshIntervalMs, Math.min(retryAfter, MAX_RETRY_AFTER_MS))
}

/**
 * Returns the backoff after a failure, in addition to the minimum delay: half of a limit, and a random part of the
 * other half. While the credentials are valid, the limit is their remaining lifetime; afterwards it grows with the
 * outage. A fleet therefore returns over about the time that its backend was away, and not all at once.
 *
 * @param outageMs - Duration of the outage so far.
 * @param remainingMs - Remaining lifetime of the current configuration; 0 without one.
 * @param random - From 0 to 1.
 */
export function backoffDelayMs(outageMs: number, remainingMs: number, random: number): number {
  const growingMs = remainingMs > 0 ? remainingMs : outageMs * BACKOFF_GROWTH
  const maximumMs = Math.min(Math.max(growingMs, MIN_BACKOFF_MS), MAX_BACKOFF_MS)
  return (maximumMs * (1 + random)) / 2
}
