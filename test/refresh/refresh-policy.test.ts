import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backOffMs, pauseMs, phaseAt, refreshMoment } from '../../src/refresh/refresh-policy.js'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const lifetime = (ms: number) => ({ fetchedAt: 0, expiresAt: ms })

describe('refreshMoment', () => {
  it.each([
    ['6 s: half the lifetime', 6 * SECOND, undefined, 3 * SECOND],
    ['30 s: half the lifetime', 30 * SECOND, undefined, 15 * SECOND],
    ['100 s: 30 s', 100 * SECOND, undefined, 30 * SECOND],
    ['5 min: a fifth', 5 * MINUTE, undefined, MINUTE],
    ['50 min: a fifth', 50 * MINUTE, undefined, 10 * MINUTE],
    ['24 h: 10 min', 24 * HOUR, undefined, 10 * MINUTE],
    ['an own margin', HOUR, 5 * SECOND, 5 * SECOND],
    ['none', HOUR, 0, 0],
    ['an own margin beyond half the lifetime', HOUR, 24 * HOUR, 30 * MINUTE],
  ])('keeps a margin in proportion to the lifetime, of %s', (_, ms, marginMs, expected) => {
    expect(ms - refreshMoment(lifetime(ms), marginMs, 0)).toBe(expected)
  })

  it('spreads by a tenth of the lifetime, always to the earlier side', () => {
    expect(refreshMoment(lifetime(24 * HOUR), undefined, 1)).toBe(24 * HOUR - 10 * MINUTE - 2.4 * HOUR)
    expect(refreshMoment(lifetime(10 * SECOND), undefined, 0.5)).toBe(4.5 * SECOND)
  })

  it('lies within the lifetime, after two fifths of it at the earliest', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e12 }),
        fc.option(fc.nat(), { nil: undefined }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (ms, marginMs, random) => {
          const at = refreshMoment(lifetime(ms), marginMs, random)
          expect(at).toBeLessThanOrEqual(ms)
          expect(at).toBeGreaterThanOrEqual(ms * 0.4 - 1e-3)
        },
      ),
    )
  })
})

describe('phaseAt', () => {
  it.each([
    [0, 'fresh'],
    [69, 'fresh'],
    [70, 'stale'],
    [99, 'stale'],
    [100, 'expired'],
    [1e9, 'expired'],
  ])('at %d is %s', (now, phase) => {
    expect(phaseAt(now, lifetime(100), 70)).toBe(phase)
  })
})

describe('backOffMs', () => {
  it('doubles its ceiling from 2 s to 2 min', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8, 1000].map((failures) => backOffMs(failures, 1) / SECOND)).toEqual([
      2, 4, 8, 16, 32, 64, 120, 120, 120,
    ])
  })

  it('has full jitter', () => {
    expect([0, 0.25, 1].map((random) => backOffMs(3, random))).toEqual([0, 2 * SECOND, 8 * SECOND])
  })
})

describe('pauseMs', () => {
  it.each([
    ['the minimum interval', 1000, undefined, 1000],
    ['the minimum interval over a shorter Retry-After', 1000, 500, 1000],
    ['Retry-After', 1000, 5000, 5000],
    ['an hour at most', 1000, 1e12, HOUR],
    ['the minimum interval for a nonsensical Retry-After', 1000, Number.NaN, 1000],
    ['the minimum interval for a negative one', 1000, -5, 1000],
  ])('is %s', (_, minMs, retryAfterMs, expected) => {
    expect(pauseMs(minMs, retryAfterMs)).toBe(expected)
  })
})
