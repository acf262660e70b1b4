import { afterEach, describe, expect, it, vi } from 'vitest'
import { createMemoryStore, type RateLimitStore } from '../../src/server/rate-limit.js'
import { createTestHandler, ENDPOINT, never } from '../support/handler.js'
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

describe('createMemoryStore: the system clock', () => {
  it('locks nobody for longer than a window when the clock is set back', async () => {
    let now = HOUR
    const store = createMemoryStore(() => now)
    await store.increment('a', 1000)
    now = 0
    expect(await store.increment('a', 1000)).toEqual({ count: 1, resetAt: 1000 })
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

  it('counts in the store of the application', async () => {
    const increment = vi.fn(async () => ({ count: 99, resetAt: Date.now() + 5000 }))
    const { request } = createTestHandler({ rateLimit: { limit: 10, windowMs: 1000, store: { increment } } })
    expect((await request()).status).toBe(429)
    expect(increment).toHaveBeenCalledExactlyOnceWith('alice', 1000)
  })

  it('counts what rateLimit.key returns', async () => {
    const increment = vi.fn(() => ({ count: 1, resetAt: 0 }))
    const key = vi.fn(
      async (request: Request, userId: string) => `${request.headers.get('x-tenant')} ${userId}`,
    )
    const { request } = createTestHandler({
      rateLimit: { limit: 1, windowMs: 1000, key, store: { increment } },
    })
    expect((await request({ headers: { 'x-tenant': 'one' } })).status).toBe(200)
    expect(key).toHaveBeenCalledExactlyOnceWith(expect.any(Request), 'alice')
    expect(increment).toHaveBeenCalledExactlyOnceWith('one alice', 1000)
  })

  it.each([undefined, null, '', 5, {}])(
    'responds 500 and counts nothing when rateLimit.key returns %o',
    async (key) => {
      const increment = vi.fn()
      const rateLimit = { limit: 1, windowMs: 1000, key: () => key as string, store: { increment } }
      const { request, onError, source } = createTestHandler({ rateLimit })
      expect((await request()).status).toBe(500)
      expect(onError.mock.calls).toMatchObject([
        [
          { message: expect.stringMatching(/rateLimit\.key must be a non-empty string, got /) },
          { stage: 'rateLimit' },
        ],
      ])
      expect(increment).not.toHaveBeenCalled()
      expect(source).not.toHaveBeenCalled()
    },
  )
})

describe('createIceServersHandler: a store that fails', () => {
  const now = () => Date.now()
  const withResult = (increment: () => unknown) => ({ increment }) as RateLimitStore
  const FAILURES: readonly [what: string, RateLimitStore][] = [
    [
      'throws',
      withResult(() => {
        throw new Error('down')
      }),
    ],
    ['rejects', withResult(() => Promise.reject('down'))],
    ['never settles', withResult(never)],
    ...[1, null, undefined, 'OK', [1, 5000], {}].map((result): [string, RateLimitStore] => [
      `returns ${JSON.stringify(result)}`,
      withResult(() => result),
    ]),
    ...[Number.NaN, Number.POSITIVE_INFINITY, 0, -1, 0.5, '1', null, 2 ** 60].map(
      (count): [string, RateLimitStore] => [
        `returns the count ${typeof count} ${count}`,
        withResult(() => ({ count, resetAt: now() })),
      ],
    ),
    ...[Number.NaN, Number.POSITIVE_INFINITY, '2026-11-24T10:00:00Z', new Date(), null, undefined].map(
      (resetAt): [string, RateLimitStore] => [
        `returns the resetAt ${typeof resetAt} ${resetAt}`,
        withResult(() => ({ count: 1, resetAt })),
      ],
    ),
  ]

  it.each(FAILURES)('responds 503 with Retry-After, and requests no source, if it %s', async (_, store) => {
    const { request, onError, source } = createTestHandler({
      rateLimit: { limit: 5, windowMs: 1000, store },
      timeoutMs: 100,
    })
    const response = await request()
    expect([response.status, await response.json()]).toEqual([503, { error: 'rate limit unavailable' }])
    expect(response.headers.get('retry-after')).toBe('1')
    expect(source).not.toHaveBeenCalled()
    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.anything(), {
      request: expect.any(Request),
      stage: 'rateLimit',
    })
  })

  it.each(FAILURES)(
    "issues credentials with onStoreError: 'allow', and calls onError, if it %s",
    async (_, store) => {
      const { request, onError } = createTestHandler({
        rateLimit: { limit: 5, windowMs: 1000, store, onStoreError: 'allow' },
        timeoutMs: 100,
      })
      expect((await request()).status).toBe(200)
      expect(onError.mock.calls).toMatchObject([[expect.anything(), { stage: 'rateLimit' }]])
    },
  )

  it('names what the store returned', async () => {
    const store = withResult(() => ({ count: '7', resetAt: Number.NaN }))
    const { request, onError } = createTestHandler({ rateLimit: { limit: 5, windowMs: 1000, store } })
    await request()
    expect(onError.mock.calls[0]?.[0]).toMatchObject({
      name: 'TypeError',
      message:
        'createIceServersHandler: rateLimit.store.increment() must return { count, resetAt } with an integer of at least 1 and a time in epoch ms, got { count: a string, resetAt: NaN }',
    })
  })

  it.each([
    ['in the past', () => now() - 5000, '1'],
    ['in seconds', () => now() / 1000, '1'],
    ['now', now, '1'],
    ['in 1.2 s', () => now() + 1200, '2'],
    ['after the window', () => now() + 90_000, '60'],
  ])(
    'responds 429 with a Retry-After from 1 s to the window if resetAt is %s',
    async (_, resetAt, retryAfter) => {
      useFakeClock()
      const store = { increment: () => ({ count: 6, resetAt: resetAt() }) }
      const { request } = createTestHandler({ rateLimit: { limit: 5, windowMs: 60_000, store } })
      const response = await request()
      expect([response.status, response.headers.get('retry-after')]).toEqual([429, retryAfter])
    },
  )

  it.each(['key', 'store'])(
    'requests no source when rateLimit.%s settles after the deadline',
    async (name) => {
      useFakeClock()
      const late = () => new Promise<never>((resolve) => setTimeout(resolve, 150, 'late'))
      const increment = vi.fn(late)
      const key = name === 'key' ? late : () => 'key'
      const { request, onError, source } = createTestHandler({
        rateLimit: { limit: 5, windowMs: 1000, key, store: { increment } },
        timeoutMs: 100,
      })
      const response = request()
      await advance(200)
      expect((await response).status).toBe(503)
      expect(onError.mock.calls[0]?.[0].message).toMatch(`rateLimit.${name} did not settle within`)
      expect(increment).toHaveBeenCalledTimes(name === 'key' ? 0 : 1)
      expect(source).not.toHaveBeenCalled()
    },
  )

  it("calls onError once, and issues nothing, when the deadline elapses in the store, also with 'allow'", async () => {
    useFakeClock()
    const { request, onError, source } = createTestHandler({
      authorize: () => new Promise<string>((resolve) => setTimeout(resolve, 80, 'alice')),
      rateLimit: { limit: 5, windowMs: 1000, store: { increment: never }, onStoreError: 'allow' },
      timeoutMs: 100,
    })
    const response = request()
    await advance(200)
    expect((await response).status).toBe(503)
    expect(onError).toHaveBeenCalledOnce()
    expect(source).not.toHaveBeenCalled()
  })
})
