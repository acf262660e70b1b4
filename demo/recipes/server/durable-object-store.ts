/**
 * Counts the requests of all instances of a Worker in Durable Objects, one for each key:
 * `rateLimit: { limit: 20, windowMs: 60_000, store: createDurableObjectStore(env.RATE_LIMIT) }`.
 *
 * The Worker exports the class, and its Wrangler configuration binds it:
 *
 * ```jsonc
 * "durable_objects": { "bindings": [{ "name": "RATE_LIMIT", "class_name": "RateLimitCounter" }] },
 * "migrations": [{ "tag": "v1", "new_sqlite_classes": ["RateLimitCounter"] }]
 * ```
 */
import { DurableObject } from 'cloudflare:workers'
import type { DurableObjectNamespace } from '@cloudflare/workers-types'
import type { RateLimitCount, RateLimitStore } from 'turnkeeper/server'

/** The counter of one key. An object runs in one place, and no other call of it runs while it waits for its storage. */
export class RateLimitCounter extends DurableObject {
  async increment(windowMs: number): Promise<RateLimitCount> {
    const now = Date.now()
    const stored = await this.ctx.storage.get<RateLimitCount>('window')
    const isOpen = stored !== undefined && stored.resetAt > now
    const { count, resetAt } = isOpen ? stored : { count: 0, resetAt: now + windowMs }
    const updated = { count: count + 1, resetAt }
    await this.ctx.storage.put('window', updated)
    if (!isOpen) await this.ctx.storage.setAlarm(resetAt)
    return updated
  }

  /** Deletes the window at its end, so that users who do not come back take no storage. */
  override async alarm(): Promise<void> {
    const stored = await this.ctx.storage.get<RateLimitCount>('window')
    if (stored && stored.resetAt <= Date.now()) await this.ctx.storage.deleteAll()
  }
}

/** Creates the store. Takes the binding of the class. */
export function createDurableObjectStore(
  namespace: DurableObjectNamespace<RateLimitCounter>,
): RateLimitStore {
  return { increment: (key, windowMs) => namespace.get(namespace.idFromName(key)).increment(windowMs) }
}
