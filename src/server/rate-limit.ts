/** Where the handler counts requests. A shared one, such as a Durable Object or Redis, counts for all instances. */
export interface RateLimitStore {
  /** Adds one to the count of a key, which starts anew when its window of so many ms is over. */
  increment(key: string, windowMs: number): Promise<RateLimitCount> | RateLimitCount
}

/** How many requests there were in the present window, and when it ends, epoch ms. */
export interface RateLimitCount {
  /** Of this key, this one included. */
  readonly count: number
  /** Epoch ms. */
  readonly resetAt: number
}

/** How often a user may ask. */
export interface RateLimit {
  /** Requests in a window: a whole number from 1. */
  limit: number
  /** Length of a window, in whole ms. */
  windowMs: number
  /** Where requests are counted. @defaultValue the memory of this instance, for 10 000 users */
  store?: RateLimitStore
}

const MAX_KEYS = 10_000

/** Counts in memory, for the users seen last. */
export function createMemoryStore(now: () => number = Date.now): RateLimitStore {
  const counts = new Map<string, RateLimitCount>()
  return {
    increment(key, windowMs) {
      const known = counts.get(key)
      const present = known && known.resetAt > now() ? known : { count: 0, resetAt: now() + windowMs }
      const next = { ...present, count: present.count + 1 }
      counts.delete(key) // so that the order is that of the last requests
      counts.set(key, next)
      const [oldest] = counts.keys()
      if (counts.size > MAX_KEYS) counts.delete(oldest as string)
      return next
    },
  }
}
