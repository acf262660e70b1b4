import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Schedule } from '../../src/refresh/refresh-state.js'

function scheduleAt(now: () => number, random = () => 0) {
  return new Schedule({ now, random, minRefreshIntervalMs: 1000 })
}

const FAILURE = { fatal: false, retryAfterMs: undefined }

describe('Schedule', () => {
  it('is idle and due at once before the first request', () => {
    const schedule = scheduleAt(() => 0)
    expect(schedule).toMatchObject({ phase: 'idle', phaseEndsAt: Infinity, isDenied: false })
    expect([schedule.requestAt(), schedule.requestAt('forced')]).toEqual([-Infinity, -Infinity])
  })

  it('walks through the phases of a lifetime', () => {
    let now = 0
    const schedule = scheduleAt(() => now)
    schedule.succeed({ fetchedAt: 0, expiresAt: 100_000 }, true)
    expect(schedule).toMatchObject({ phase: 'fresh', phaseEndsAt: 70_000 })
    expect([schedule.requestAt(), schedule.requestAt('forced')]).toEqual([70_000, 1000])
    now = 70_000
    expect(schedule).toMatchObject({ phase: 'stale', phaseEndsAt: 100_000 })
    now = 100_000
    expect(schedule).toMatchObject({ phase: 'expired', phaseEndsAt: Infinity })
  })

  /** Fails whenever it is due; returns how long it waits each time. */
  function waitsOf(schedule: Schedule, clock: { now: number }, times: number, sleptMs = 0) {
    return Array.from({ length: times }, () => {
      schedule.fail(FAILURE, false)
      const waitMs = schedule.requestAt() - clock.now
      clock.now += waitMs + sleptMs
      return waitMs
    })
  }

  it('backs off for longer the longer it fails, and forgets it after a success', () => {
    const clock = { now: 0 }
    const schedule = scheduleAt(
      () => clock.now,
      () => 1,
    )
    expect(waitsOf(schedule, clock, 7)).toEqual([
      3000, 10_000, 40_000, 160_000, 640_000, 1_801_000, 1_801_000,
    ])
    schedule.succeed({ fetchedAt: 0, expiresAt: 1 }, true)
    expect(waitsOf(schedule, clock, 1)).toEqual([3000])
  })

  it('does not take the time that a device slept for one of failures', () => {
    const clock = { now: 0 }
    const schedule = scheduleAt(
      () => clock.now,
      () => 1,
    )
    expect(waitsOf(schedule, clock, 3, 1e8)).toEqual([3000, 10_000, 40_000])
  })

  it('tries several times while the credentials live, by what is left of them', () => {
    const clock = { now: 0 }
    const schedule = scheduleAt(
      () => clock.now,
      () => 0.5,
    )
    schedule.succeed({ fetchedAt: 0, expiresAt: 3_600_000 }, true)
    clock.now = 3_000_000
    waitsOf(schedule, clock, 4)
    expect(clock.now).toBeLessThan(3_600_000)
  })

  it('keeps nobody who waits for longer than two minutes from a try, unless the server wants it', () => {
    const clock = { now: 0 }
    const schedule = scheduleAt(
      () => clock.now,
      () => 1,
    )
    waitsOf(schedule, clock, 4)
    schedule.fail(FAILURE, false)
    expect(schedule.requestAt() - clock.now).toBe(640_000)
    expect(schedule.requestAt('awaited') - clock.now).toBe(121_000)
    schedule.fail({ ...FAILURE, retryAfterMs: 600_000 }, false)
    expect(schedule.requestAt('awaited') - clock.now).toBe(720_000)
  })

  it('parts from others that got theirs at the same time: at the first, and at the first after failures', () => {
    const schedule = scheduleAt(
      () => 0,
      () => 1,
    )
    const nextAfter = (fetchedAt: number) => {
      schedule.succeed({ fetchedAt, expiresAt: fetchedAt + 3_600_000 }, true)
      return schedule.phaseEndsAt - fetchedAt
    }
    const [first, second] = [nextAfter(10_000), nextAfter(20_000)]
    schedule.fail(FAILURE, false)
    expect([first, second, nextAfter(30_000)]).toEqual([0, 2_640_000, 0])
  })

  it('does nothing by itself after a denial, but allows it', () => {
    const schedule = scheduleAt(() => 0)
    schedule.fail({ fatal: true, retryAfterMs: undefined }, false)
    expect(schedule.isDenied).toBe(true)
    expect([schedule.requestAt(), schedule.requestAt('forced')]).toEqual([Infinity, 1000])
    schedule.reconnect()
    expect(schedule.requestAt()).toBe(Infinity)
  })

  it('drops the back-off when the network is back, and keeps Retry-After', () => {
    const schedule = scheduleAt(
      () => 0,
      () => 1,
    )
    schedule.fail({ fatal: false, retryAfterMs: 7000 }, false)
    expect(schedule.requestAt()).toBe(9000)
    schedule.reconnect()
    expect(schedule.requestAt()).toBe(7000)
  })

  it('never schedules in the past, never closer than the minimum interval, never serves an expired one', () => {
    const step = fc.record({
      outcome: fc.oneof(
        fc.record({ ttl: fc.integer({ min: 1, max: 1e9 }) }),
        fc.record({ retryAfterMs: fc.option(fc.nat(1e7), { nil: undefined }), fatal: fc.boolean() }),
      ),
      takesMs: fc.nat(20_000),
      lateMs: fc.nat(100_000),
      isForced: fc.boolean(),
      demand: fc.constantFrom('awaited' as const, undefined),
    })
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        fc.integer({ min: 1, max: 1e5 }),
        fc.option(fc.nat(1e9), { nil: undefined }),
        (steps, randoms, minRefreshIntervalMs, refreshMarginMs) => {
          let now = 1e12
          const schedule = new Schedule({
            now: () => now,
            random: () => randoms.next().value,
            minRefreshIntervalMs,
            ...(refreshMarginMs !== undefined && { refreshMarginMs }),
          })
          let endedAt = -Infinity
          let expiresAt = Infinity
          for (const { outcome, takesMs, lateMs, isForced, demand } of steps) {
            const requestAt = schedule.requestAt(isForced || schedule.isDenied ? 'forced' : demand)
            now = Math.max(now, requestAt) + lateMs
            expect(now - endedAt).toBeGreaterThanOrEqual(minRefreshIntervalMs)
            const sentAt = now
            now += takesMs
            if ('ttl' in outcome) {
              expiresAt = sentAt + outcome.ttl
              schedule.succeed({ fetchedAt: sentAt, expiresAt }, true)
            } else schedule.fail(outcome, false)
            endedAt = now
            expect(schedule.requestAt()).toBeGreaterThanOrEqual(now + minRefreshIntervalMs)
            expect(schedule.phaseEndsAt).toBeGreaterThan(now)
            if (schedule.phase === 'fresh' || schedule.phase === 'stale')
              expect(expiresAt).toBeGreaterThan(now)
          }
        },
      ),
    )
  })
})

describe('a refusal by a TURN server', () => {
  const HOUR = 3_600_000
  const lifetime = (now: number) => ({ fetchedAt: now, expiresAt: now + HOUR })

  it('makes a refresh due at once, but not within the minimum interval', () => {
    let now = 0
    const schedule = scheduleAt(() => now)
    schedule.succeed(lifetime(0), true)
    schedule.refuse()
    expect(schedule.phase).toBe('stale')
    expect(schedule.requestAt()).toBe(1000)
    now = 60_000
    schedule.succeed(lifetime(now), true)
    expect(schedule.phase).toBe('fresh')
  })

  it('backs off while the new ones are refused as well, and forgets it after some that are not', () => {
    let now = 0
    const schedule = scheduleAt(
      () => now,
      () => 1,
    )
    const waits = []
    for (let i = 0; i < 9; i++) {
      schedule.succeed(lifetime(now), true)
      now += 10_000
      schedule.refuse()
      waits.push(schedule.requestAt() - now)
      now = schedule.requestAt()
    }
    expect(waits).toEqual([0, 30_000, 150_000, 630_000, ...Array(5).fill(1_800_000)])
    schedule.succeed(lifetime(now), true)
    schedule.succeed(lifetime(now), true)
    now += 10_000
    schedule.refuse()
    expect(schedule.requestAt()).toBe(now)
  })

  it('holds for as long as the backend gives the same ones', () => {
    let now = 0
    const schedule = scheduleAt(
      () => now,
      () => 1,
    )
    schedule.succeed(lifetime(now), true)
    now = 10_000
    schedule.refuse()
    schedule.succeed(lifetime(0), false)
    expect(schedule.phase).toBe('stale')
    expect(schedule.requestAt()).toBe(12_000)
  })

  it('does not end a denial', () => {
    const schedule = scheduleAt(() => 0)
    schedule.succeed(lifetime(0), true)
    schedule.fail({ fatal: true, retryAfterMs: undefined }, false)
    schedule.refuse()
    expect(schedule.isDenied).toBe(true)
  })
})

describe('being offline', () => {
  it('leaves the next try to the network, with one in two minutes in case that is not told', () => {
    const schedule = scheduleAt(() => 0)
    schedule.fail({ fatal: false, retryAfterMs: undefined }, true)
    expect(schedule.requestAt()).toBe(121_000)
    schedule.reconnect()
    expect(schedule.requestAt()).toBe(1000)
  })
})
