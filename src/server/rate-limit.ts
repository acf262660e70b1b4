/** The options of the rate limit, and the store that counts in memory. */

/** Counts the handler's requests. A shared store, such as Redis or a Durable Object, counts for all instances. */
export interface RateLimitStore {
  /** Adds one to the count of a key. The first request of a key, and the first after its window, starts a window. */
  increment(key: string, windowMs: number): Promise<RateLimitCount> | RateLimitCount
}

/** The count of a key in its current window. */
export interface RateLimitCount {
  /** Number of requests, including this one. */
  readonly count: number
  /** When the window ends, in epoch ms. */
  readonly resetAt: number
}

/** How many requests a user may make. */
export interface RateLimit {
  /** Requests allowed in a window: an integer of at least 1. */
  limit: number
  /** Length of a window, in whole ms. */
  windowMs: number
  /** Where requests are counted. @defaultValue the memory of this instance, for 10 000 users */
  store?: RateLimitStore
}

const MAX_KEYS = 10_000

/** Creates a store that counts in memory. Beyond 10 000 users it forgets the least recently seen. */
export function createMemoryStore(now: () => number = Date.now): RateLimitStore {
  const counts = new Map<string, RateLimitCount>()
  return {
    increment(key, windowMs) {
      const stored = counts.get(key)
      const window = stored && stored.resetAt > now() ? stored : { count: 0, resetAt: now() + windowMs }
      const updated = { ...window, count: window.count + 1 }
      counts.delete(key) // keeps the map ordered by last request
      counts.set(key, updated)
      const [oldest] = counts.keys()
      if (counts.size > MAX_KEYS && oldest !== undefined) counts.delete(oldest)
      return updated
    },
  }
}
