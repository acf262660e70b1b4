/** The options of the rate limit, and the store that counts in memory. */

/**
 * Counts the handler's requests. A shared store, such as Redis or a Durable Object, counts for all instances. The repository has
 * an example of both, with tests, in `demo/recipes/server`.
 *
 * - `increment` must be atomic: two concurrent calls for a key must not return the same count.
 * - It must not extend a window: `resetAt` stays the same until the window ends.
 * - It must return exactly the numbers that {@link RateLimitCount} describes. Anything else counts as a failure of the store, as if
 *   it threw: see {@link RateLimit.onStoreError}. So does a call that takes longer than half of `timeoutMs`.
 * @group Server: handler
 */
export interface RateLimitStore {
  /**
   * Adds one to the count of a key. The first request of a key, and the first after its window, starts a window.
   *
   * @param windowMs - Length of a window, in ms.
   */
  increment(key: string, windowMs: number): Promise<RateLimitCount> | RateLimitCount
}

/** The count of a key in its current window. @group Server: handler */
export interface RateLimitCount {
  /** Number of requests, including this one: an integer of at least 1. */
  readonly count: number
  /** When the window ends, in epoch ms: a finite number, not a date or a text. */
  readonly resetAt: number
}

/** How many requests a user may make. @group Server: handler */
export interface RateLimit {
  /** Requests allowed in a window: an integer of at least 1. */
  limit: number
  /** Length of a window, in whole ms. */
  windowMs: number
  /**
   * Returns what is counted: a non-empty string, such as the IP address of the client or the user's tenant. Anything else is an
   * error, and the response is 500. @defaultValue the user id
   */
  key?: (request: Request, userId: string) => string | Promise<string>
  /** Where requests are counted. @defaultValue the memory of this instance, for 10 000 users */
  store?: RateLimitStore
  /**
   * What happens to a request while the store fails: `'deny'` responds 503, `'allow'` issues credentials without a limit. Both call
   * `onError`. @defaultValue `'deny'`
   */
  onStoreError?: 'deny' | 'allow'
}

const MAX_KEYS = 10_000

/** Creates a store that counts in memory. Beyond 10 000 users it forgets the least recently seen. */
export function createMemoryStore(now: () => number = Date.now): RateLimitStore {
  const counts = new Map<string, RateLimitCount>()
  return {
    increment(key, windowMs) {
      const stored = counts.get(key)
      const remainingMs = (stored?.resetAt ?? 0) - now()
      // A window with more time than its length was started before the system clock was set back.
      const isOpen = remainingMs > 0 && remainingMs <= windowMs
      const window = stored && isOpen ? stored : { count: 0, resetAt: now() + windowMs }
      const updated = { ...window, count: window.count + 1 }
      counts.delete(key) // keeps the map ordered by last request
      counts.set(key, updated)
      const [oldest] = counts.keys()
      if (counts.size > MAX_KEYS && oldest !== undefined) counts.delete(oldest)
      return updated
    },
  }
}
