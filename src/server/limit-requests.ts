/** Limits how often a user may request credentials. */
import { assertKnownOptions, assertOption } from '../option-checks.js'
import { isRecord } from '../type-guards.js'
import { createMemoryStore, type RateLimit } from './rate-limit.js'
import { requireInteger } from './validate.js'

/**
 * Counts a request of a user. Resolves with the seconds to wait if the limit is exceeded, or with `undefined` if the
 * request is allowed.
 */
export type RequestLimiter = (userId: string) => Promise<number | undefined>

const OPTION_NAMES: readonly (keyof RateLimit)[] = ['limit', 'windowMs', 'store']

/**
 * Checks the options of a rate limit, and returns the function that applies it.
 *
 * @throws TypeError for an unknown option; RangeError for a number out of its limits.
 */
export function createRequestLimiter(owner: string, rateLimit: RateLimit | undefined): RequestLimiter {
  if (!rateLimit) return async () => undefined
  assertOption(isRecord(rateLimit), owner, 'rateLimit', 'an object', rateLimit)
  assertKnownOptions(`${owner}: rateLimit`, rateLimit, OPTION_NAMES)
  const limit = requireInteger(owner, 'rateLimit.limit', rateLimit.limit)
  const windowMs = requireInteger(owner, 'rateLimit.windowMs', rateLimit.windowMs)
  const store = rateLimit.store ?? createMemoryStore()
  return async (userId) => {
    const { count, resetAt } = await store.increment(userId, windowMs)
    return count <= limit ? undefined : retryAfterSeconds(resetAt, Date.now())
  }
}

/** Returns the seconds until a window ends: at least one, also if the store returned no number. */
function retryAfterSeconds(resetAt: number, now: number): number {
  const seconds = Math.ceil((resetAt - now) / 1000)
  return seconds > 1 ? seconds : 1
}
