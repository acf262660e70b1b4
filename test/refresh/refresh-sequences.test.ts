import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createRefreshRecord,
  nextRefreshState,
  phaseOf,
  type RefreshEvent,
  requestAt,
} from '../../src/refresh/refresh-state.js'

describe('any sequence of refreshes', () => {
  it('plans no request in the past, and none closer than the minimum interval', () => {
    const step = fc.record({
      outcome: fc.oneof(
        fc.record({ ttl: fc.integer({ min: 1, max: 1e9 }) }),
        fc.record({
          retryAfterMs: fc.option(fc.nat(1e7), { nil: undefined }),
          stop: fc.constantFrom('denied' as const, 'stopped' as const, undefined),
        }),
      ),
      takesMs: fc.nat(20_000),
      lateMs: fc.nat(100_000),
      reason: fc.constantFrom('forced' as const, 'awaited' as const, undefined),
    })
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        fc.integer({ min: 1, max: 1e5 }),
        fc.option(fc.nat(1e9), { nil: undefined }),
        (steps, randoms, minRefreshIntervalMs, refreshMarginMs) => {
          let now = 1e12
          let endedAt = now - minRefreshIntervalMs
          let record = createRefreshRecord(now)
          const apply = (event: RefreshEvent) => {
            const random = () => randoms.next().value
            record = nextRefreshState(record, event, { now, random, minRefreshIntervalMs, refreshMarginMs })
          }
          for (const { outcome, takesMs, lateMs, reason } of steps) {
            const dueAt = requestAt(record, /^(denied|stopped)$/.test(record.state.name) ? 'forced' : reason)
            now = Math.max(now, dueAt ?? Number.NaN) + lateMs
            expect(now - endedAt).toBeGreaterThanOrEqual(minRefreshIntervalMs)
            apply({ type: 'request-started' })
            const sentAt = now
            now += takesMs
            if ('ttl' in outcome) {
              const expiresAt = sentAt + outcome.ttl
              apply({
                type: 'configuration-received',
                lifetime: { fetchedAt: sentAt, expiresAt },
                serversChanged: true,
              })
              expect(phaseOf(record, now) === 'expired').toBe(now >= expiresAt)
            } else apply({ type: 'request-failed', ...outcome, isOffline: false })
            endedAt = now
            const plannedAt = requestAt(record, undefined)
            if (plannedAt !== undefined) expect(plannedAt).toBeGreaterThanOrEqual(now + minRefreshIntervalMs)
          }
        },
      ),
    )
  })
})
