/** Counts the requests of all instances in Redis: `rateLimit: { limit: 20, windowMs: 60_000, store: createRedisStore(…) }`. */
import type { RateLimitStore } from 'turnkeeper/server'

/**
 * Runs a Lua script in Redis:
 *
 * - ioredis: `(script, key, windowMs) => redis.eval(script, 1, key, windowMs)`
 * - node-redis: `(script, key, windowMs) => redis.eval(script, { keys: [key], arguments: [String(windowMs)] })`
 *
 * Set a timeout for the commands of the client, and let it fail at once while it is not connected (ioredis:
 * `enableOfflineQueue: false`; node-redis: `disableOfflineQueue: true`).
 */
export type RunScript = (script: string, key: string, windowMs: number) => Promise<unknown>

/**
 * One script, because Redis runs it as one command: `INCR` and `PEXPIRE` sent one after the other would leave a key that never expires
 * if the instance stops between them. A key without an expiry (`PTTL` is negative) gets one.
 */
const SCRIPT = `
local count = redis.call('INCR', KEYS[1])
local remaining = redis.call('PTTL', KEYS[1])
if remaining < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  remaining = tonumber(ARGV[1])
end
return { count, remaining }
`

/** Creates the store. The keys in Redis begin with the prefix. */
export function createRedisStore(runScript: RunScript, prefix = 'ice-servers:'): RateLimitStore {
  return {
    async increment(key, windowMs) {
      const [count, remainingMs] = (await runScript(SCRIPT, prefix + key, windowMs)) as [number, number]
      return { count, resetAt: Date.now() + remainingMs }
    },
  }
}
