import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffDelayMs, chooseRefreshAt, minimumDelayMs, phaseAt } from '../../src/refresh/refresh-policy.js'
import { HOUR, MINUTE, SECOND } from '../support/time.js'

const lifetime = (ms: number) => ({ fetchedAt: 0, expiresAt: ms })

describe('chooseRefreshAt', () => {
  it.each([
    ['6 s: half the lifetime', 6 * SECOND, undefined, 3 * SECOND],
    ['30 s: half the lifetime', 30 * SECOND, undefined, 15 * SECOND],
    ['100 s: 30 s', 100 * SECOND, undefined, 30 * SECOND],
    ['5 min: a fifth', 5 * MINUTE, undefined, MINUTE],
    ['50 min: a fifth', 50 * MINUTE, undefined, 10 * MINUTE],
    ['24 h: 10 min', 24 * HOUR, undefined, 10 * MINUTE],
    ['the margin of the app', HOUR, 5 * SECOND, 5 * SECOND],
    ['no margin', HOUR, 0, 0],
    ['half the lifetime instead of a longer margin', HOUR, 24 * HOUR, 30 * MINUTE],
  ])('returns a margin before the expiry, %s', (_, ms, marginMs, expected) => {
    expect(ms - chooseRefreshAt(lifetime(ms), marginMs, 0, false)).toBe(expected)
  })

  it('spreads refreshes by a tenth of the lifetime, to the earlier side', () => {
    expect(chooseRefreshAt(lifetime(24 * HOUR), undefined, 1, false)).toBe(
      24 * HOUR - 10 * MINUTE - 2.4 * HOUR,
    )
    expect(chooseRefreshAt(lifetime(10 * SECOND), undefined, 0.5, false)).toBe(4.5 * SECOND)
  })

  it.each([
    [0, 50 * MINUTE],
    [0.5, 25 * MINUTE],
    [1, 0],
  ])(
    'spreads a refresh that may be synchronized over the time before the margin, with a random number of %d',
    (random, expected) => {
      expect(chooseRefreshAt(lifetime(HOUR), undefined, random, true)).toBe(expected)
    },
  )

  it('returns a time within the lifetime, after two fifths of it at the earliest', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e12 }),
        fc.option(fc.nat(), { nil: undefined }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (ms, marginMs, random) => {
          const at = chooseRefreshAt(lifetime(ms), marginMs, random, false)
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
  ])('returns at %d that a configuration with a refresh at 70 and an expiry at 100 is %s', (now, phase) => {
    expect(phaseAt(now, lifetime(100), 70)).toBe(phase)
  })
})

describe('backoffDelayMs', () => {
  it.each([
    ['2 s at first', 0, 0, 2 * SECOND],
    ['three times the outage without credentials', MINUTE, 0, 3 * MINUTE],
    ['at most 30 min', HOUR, 0, 30 * MINUTE],
    ['the remaining lifetime while the credentials are valid', MINUTE, 12 * MINUTE, 12 * MINUTE],
    ['at least 2 s while the credentials are valid', MINUTE, 1, 2 * SECOND],
    ['at most 30 min while the credentials are valid', MINUTE, 24 * HOUR, 30 * MINUTE],
    ['three times the outage after the expiry', 10 * SECOND, -1, 30 * SECOND],
  ])('limits the backoff to %s', (_, outageMs, remainingMs, expected) => {
    expect(backoffDelayMs(outageMs, remainingMs, 1)).toBe(expected)
  })

  it('returns between half of the limit and the limit', () => {
    expect([0, 0.5, 1].map((random) => backoffDelayMs(0, HOUR / 3, random) / MINUTE)).toEqual([10, 15, 20])
  })
})

describe('minimumDelayMs', () => {
  it.each([
    ['the minimum interval', 1000, undefined, 1000],
    ['the minimum interval instead of a shorter Retry-After', 1000, 500, 1000],
    ['Retry-After', 1000, 5000, 5000],
    ['at most an hour', 1000, 1e12, HOUR],
    ['the minimum interval instead of a Retry-After that is not a number', 1000, Number.NaN, 1000],
    ['at most an hour for an infinite Retry-After', 1000, Number.POSITIVE_INFINITY, HOUR],
    ['the minimum interval instead of a negative Retry-After', 1000, -5, 1000],
  ])('returns %s', (_, minMs, retryAfterMs, expected) => {
    expect(minimumDelayMs(minMs, retryAfterMs)).toBe(expected)
  })
})
