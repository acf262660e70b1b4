import { afterEach, describe, expect, it, vi } from 'vitest'
import { createMemoryStore, type RateLimit, type RateLimitCount } from '../../src/server/rate-limit.js'
import { errorOf } from '../support/error-of.js'
import { createTestHandler, ENDPOINT } from '../support/handler.js'
import { useFakeClock, useRealClock } from '../support/time.js'

afterEach(useRealClock)

it('the memory store forgets the users seen longest ago beyond ten thousand', async () => {
  const store = createMemoryStore(() => 0)
  const count = async (key: string) => (await store.increment(key, 1000)).count
  await count('first')
  await count('kept')
  for (let index = 0; index < 9_998; index++) await count(`user ${index}`)
  expect(await count('first')).toBe(2)
  for (let index = 0; index < 9_998; index++) await count(`user ${index}`)
  expect(await count('kept')).toBe(2)
  await count('one more')
  expect(await count('kept')).toBe(3)
  expect(await count('first')).toBe(1)
})

it('the memory store starts anew when a window is over', async () => {
  let now = 0
  const store = createMemoryStore(() => now)
  expect(await store.increment('a', 1000)).toEqual({ count: 1, resetAt: 1000 })
  now = 999
  expect(await store.increment('a', 1000)).toEqual({ count: 2, resetAt: 1000 })
  now = 1000
  expect(await store.increment('a', 1000)).toEqual({ count: 1, resetAt: 2000 })
})

describe('a rate limit', () => {
  it('answers 429 with Retry-After, for each user apart, until the window is over', async () => {
    useFakeClock()
    const { handle } = createTestHandler({
      authorize: (request) => request.headers.get('x-user') ?? false,
      rateLimit: { limit: 2, windowMs: 60_000 },
    })
    const statusFor = async (user: string) =>
      (await handle(new Request(ENDPOINT, { headers: { 'x-user': user } }))).status
    expect([await statusFor('a'), await statusFor('a'), await statusFor('a'), await statusFor('b')]).toEqual([
      200, 200, 429, 200,
    ])
    vi.advanceTimersByTime(20_000)
    const limited = await handle(new Request(ENDPOINT, { headers: { 'x-user': 'a' } }))
    expect([limited.headers.get('retry-after'), await limited.json()]).toEqual([
      '40',
      { error: 'too many requests' },
    ])
    vi.advanceTimersByTime(40_000)
    expect(await statusFor('a')).toBe(200)
  })

  it.each([
    ['rateLimit.limit', { limit: Number.NaN, windowMs: 1000 }],
    ['rateLimit.limit', { windowMs: 1000 }],
    ['rateLimit.windowMs', { limit: 5, windowMs: 0.5 }],
  ])('is checked at once: %s', (name, rateLimit) => {
    expect(errorOf(() => createTestHandler({ rateLimit: rateLimit as RateLimit }))).toMatchObject({
      name: 'RangeError',
      message: `${name} must be a whole number from 1 to 9007199254740991`,
    })
  })

  it('may be one of a month', () => {
    createTestHandler({ rateLimit: { limit: 100, windowMs: 30 * 86_400_000 } })
  })

  it.each([Number.NaN, undefined, '2026-11-24T10:00:00Z'])(
    'holds though its store gives %s as the end',
    async (resetAt) => {
      const store = { increment: () => ({ count: 99, resetAt }) as RateLimitCount }
      const response = await createTestHandler({ rateLimit: { limit: 1, windowMs: 1000, store } }).ask()
      expect([response.status, response.headers.get('retry-after')]).toEqual([429, '1'])
    },
  )

  it('may count elsewhere', async () => {
    const increment = vi.fn(async () => ({ count: 99, resetAt: Date.now() + 5000 }))
    const { ask } = createTestHandler({ rateLimit: { limit: 10, windowMs: 1000, store: { increment } } })
    expect((await ask()).status).toBe(429)
    expect(increment).toHaveBeenCalledExactlyOnceWith('alice', 1000)
  })
})
