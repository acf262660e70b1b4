import { afterEach, describe, expect, it, vi } from 'vitest'
import { createMemoryStore, type RateLimitCount } from '../../src/server/rate-limit.js'
import { createTestHandler, ENDPOINT } from '../support/handler.js'
import { advance, HOUR, SECOND, useFakeClock, useRealClock } from '../support/time.js'

afterEach(useRealClock)

describe('createMemoryStore', () => {
  it('forgets the least recently seen user beyond ten thousand', async () => {
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

  it('starts a new window when the previous one ends', async () => {
    let now = 0
    const store = createMemoryStore(() => now)
    expect(await store.increment('a', 1000)).toEqual({ count: 1, resetAt: 1000 })
    now = 999
    expect(await store.increment('a', 1000)).toEqual({ count: 2, resetAt: 1000 })
    now = 1000
    expect(await store.increment('a', 1000)).toEqual({ count: 1, resetAt: 2000 })
  })
})

describe('createIceServersHandler: rateLimit', () => {
  it('responds 429 with Retry-After, for each user separately, until the window ends', async () => {
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
    await advance(20 * SECOND)
    const limited = await handle(new Request(ENDPOINT, { headers: { 'x-user': 'a' } }))
    expect([limited.headers.get('retry-after'), await limited.json()]).toEqual([
      '40',
      { error: 'too many requests' },
    ])
    await advance(40 * SECOND)
    expect(await statusFor('a')).toBe(200)
  })

  it('counts in a window of 30 days', async () => {
    useFakeClock()
    const { request } = createTestHandler({ rateLimit: { limit: 1, windowMs: 30 * 24 * HOUR } })
    expect((await request()).status).toBe(200)
    await advance(29 * 24 * HOUR)
    const limited = await request()
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, `${(24 * HOUR) / SECOND}`])
    await advance(24 * HOUR)
    expect((await request()).status).toBe(200)
  })

  it.each([Number.NaN, undefined, '2026-11-24T10:00:00Z', 0])(
    'responds 429 with a Retry-After of 1 s when the store returns %s as resetAt',
    async (resetAt) => {
      const store = { increment: () => ({ count: 99, resetAt }) as RateLimitCount }
      const { request } = createTestHandler({ rateLimit: { limit: 1, windowMs: 1000, store } })
      const response = await request()
      expect([response.status, response.headers.get('retry-after')]).toEqual([429, '1'])
    },
  )

  it('counts in the store of the application', async () => {
    const increment = vi.fn(async () => ({ count: 99, resetAt: Date.now() + 5000 }))
    const { request } = createTestHandler({ rateLimit: { limit: 10, windowMs: 1000, store: { increment } } })
    expect((await request()).status).toBe(429)
    expect(increment).toHaveBeenCalledExactlyOnceWith('alice', 1000)
  })
})
