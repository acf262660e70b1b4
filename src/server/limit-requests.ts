/** Limits how often a user may request credentials. */
import { assertKnownOptions, assertOption, describeValue } from '../option-checks.js'
import { isObject, isRecord } from '../type-guards.js'
import type { Deadline } from './deadline.js'
import { createMemoryStore, type RateLimit, type RateLimitCount, type RateLimitStore } from './rate-limit.js'
import { requireInteger } from './validate.js'

/** Whether a request may be made; for `limited` with the seconds to wait, for `unavailable` because the store fails. */
export type LimitDecision =
  | { readonly status: 'allowed' }
  | { readonly status: 'limited'; readonly retryAfterSeconds: number }
  | { readonly status: 'unavailable' }

/** A request to count. */
export interface CountedRequest {
  readonly request: Request
  readonly userId: string
  readonly deadline: Deadline
  /** Called with an error of the store. */
  readonly onStoreError: (error: unknown) => void
}

/** Counts a request. Rejects if the key of the request cannot be determined. */
export type RequestLimiter = (counted: CountedRequest) => Promise<LimitDecision>

const OPTION_NAMES: readonly (keyof RateLimit)[] = ['limit', 'windowMs', 'key', 'store', 'onStoreError']

const ALLOWED: LimitDecision = { status: 'allowed' }

/**
 * Checks the options of a rate limit, and returns the function that applies it; `undefined` without a limit.
 *
 * @param timeoutMs - Time limit of a response. The store may use half of it, so that a source has the other half.
 * @throws TypeError for an unknown or wrong option; RangeError for a number out of its limits.
 */
export function createRequestLimiter(
  owner: string,
  rateLimit: RateLimit | undefined,
  timeoutMs: number,
): RequestLimiter | undefined {
  if (rateLimit === undefined) return undefined
  assertOption(isRecord(rateLimit), owner, 'rateLimit', 'an object', rateLimit)
  assertKnownOptions(`${owner}: rateLimit`, rateLimit, OPTION_NAMES)
  const limit = requireInteger(owner, 'rateLimit.limit', rateLimit.limit)
  const windowMs = requireInteger(owner, 'rateLimit.windowMs', rateLimit.windowMs)
  const { key: keyOf = (_, userId) => userId, store = createMemoryStore(), onStoreError = 'deny' } = rateLimit
  assertOption(typeof keyOf === 'function', owner, 'rateLimit.key', 'a function', keyOf)
  assertOption(isStore(store), owner, 'rateLimit.store', 'an object with increment()', store)
  const isPolicy = onStoreError === 'deny' || onStoreError === 'allow'
  assertOption(isPolicy, owner, 'rateLimit.onStoreError', "'deny' or 'allow'", onStoreError)
  const storeTimeoutMs = Math.ceil(timeoutMs / 2)

  return async ({ request, userId, deadline, onStoreError: reportStoreError }) => {
    const key: unknown = await deadline.wait('rateLimit.key', keyOf(request, userId))
    assertOption(typeof key === 'string' && key !== '', owner, 'rateLimit.key', 'a non-empty string', key)
    deadline.openSignal().throwIfAborted()
    try {
      const increment = () => store.increment(key, windowMs)
      const result = await deadline.waitForPart('rateLimit.store', storeTimeoutMs, increment)
      const { count, resetAt } = readCount(owner, result)
      if (count <= limit) return ALLOWED
      return { status: 'limited', retryAfterSeconds: retryAfterSeconds(resetAt - Date.now(), windowMs) }
    } catch (error) {
      if (deadline.openSignal().aborted) throw error
      reportStoreError(error)
      return onStoreError === 'allow' ? ALLOWED : { status: 'unavailable' }
    }
  }
}

function isStore(store: unknown): store is RateLimitStore {
  return isObject(store) && typeof store.increment === 'function'
}

/** @throws TypeError with what the store returned in place of a count. */
function readCount(owner: string, result: unknown): RateLimitCount {
  const { count, resetAt }: Partial<Record<keyof RateLimitCount, unknown>> = isObject(result) ? result : {}
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 1) {
    if (typeof resetAt === 'number' && Number.isFinite(resetAt)) return { count, resetAt }
  }
  const received = isObject(result)
    ? `{ count: ${describeValue(count)}, resetAt: ${describeValue(resetAt)} }`
    : describeValue(result)
  throw new TypeError(
    `${owner}: rateLimit.store.increment() must return { count, resetAt } with an integer of at least 1 and a time in epoch ms, got ${received}`,
  )
}

/** The clock of the store may differ from this one: at least a second, and at most a window. */
function retryAfterSeconds(remainingMs: number, windowMs: number): number {
  return Math.max(1, Math.ceil(Math.min(remainingMs, windowMs) / 1000))
}
