/** The stores of `demo/recipes/server` with a real Redis, and with Durable Objects in workerd. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createRedisStore } from '../../demo/recipes/server/redis-store.js'
import { createIceServersHandler, type RateLimit } from '../../src/server/index.js'
import { type Redis, type RedisClient, startRedis } from '../support/redis.js'
import { hasProgram } from '../support/system-packages.js'
import { startWorkerd, type Workerd } from '../support/workerd.js'

const LIMIT = 5
const WINDOW_MS = 60_000
const server = { urls: 'turn:t.org', username: 'u', credential: 'c' }

/** Expects that the limit was applied exactly. */
function expectLimited(responses: readonly Response[]): void {
  const limited = responses.filter(({ status }) => status === 429)
  expect(responses.filter(({ status }) => status === 200)).toHaveLength(LIMIT)
  expect(limited).toHaveLength(responses.length - LIMIT)
  for (const { headers } of limited) {
    const seconds = Number(headers.get('retry-after'))
    expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= WINDOW_MS / 1000).toBe(true)
  }
}

describe.skipIf(!hasProgram('redis-server'))('createRedisStore with Redis', () => {
  let redis: Redis
  const clients: RedisClient[] = []
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(async () => {
    for (const client of clients) client.close()
    await redis?.stop()
  })

  /** Creates a store with a connection of its own, like each instance of a backend. */
  const createStore = (from = redis) => {
    const client = from.connect()
    clients.push(client)
    const store = createRedisStore((script, key, windowMs) => client.send('EVAL', script, 1, key, windowMs))
    return { client, store }
  }
  const createHandler = (options: Pick<RateLimit, 'store' | 'onStoreError'>) => {
    const onError = vi.fn()
    const rateLimit: RateLimit = { limit: LIMIT, windowMs: WINDOW_MS, ...options }
    const handle = createIceServersHandler({
      source: () => [server],
      authorize: (request) => request.headers.get('x-user') ?? false,
      rateLimit,
      onError,
    })
    const request = (user: string) =>
      handle(new Request('https://api.example.org/', { headers: { 'x-user': user } }))
    return { request, onError }
  }

  it('counts every one of a thousand concurrent requests of four instances, in one window', async () => {
    const stores = Array.from({ length: 4 }, () => createStore().store)
    const calls = Array.from({ length: 1000 }, (_, index) => stores[index % 4]?.increment('many', WINDOW_MS))
    const results = await Promise.all(calls)
    const counts = results.map((result) => result?.count ?? 0).sort((a, b) => a - b)
    expect(counts).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1))
    const ends = results.map((result) => result?.resetAt ?? 0)
    expect(Math.max(...ends) - Math.min(...ends)).toBeLessThan(WINDOW_MS / 2)
  })

  it('starts a window again when it has ended, and does not extend it', async () => {
    const { client, store } = createStore()
    await store.increment('short', 500)
    expect(await store.increment('short', WINDOW_MS)).toMatchObject({ count: 2 })
    expect(await client.send('PTTL', 'ice-servers:short')).toBeLessThanOrEqual(500)
    await expect.poll(() => client.send('EXISTS', 'ice-servers:short'), { timeout: 10_000 }).toBe(0)
    expect(await store.increment('short', 500)).toMatchObject({ count: 1 })
  })

  it('locks no user out for ever whose key has no expiry', async () => {
    const { client, store } = createStore()
    await client.send('SET', 'ice-servers:stuck', 7)
    expect(await store.increment('stuck', WINDOW_MS)).toMatchObject({ count: 8 })
    expect(await client.send('PTTL', 'ice-servers:stuck')).toBeGreaterThan(0)
  })

  it('limits each user over all instances', async () => {
    const handlers = [createStore(), createStore()].map(({ store }) => createHandler({ store }))
    for (const user of ['alice', 'bob']) {
      expectLimited(
        await Promise.all(
          [...handlers, ...handlers, ...handlers, ...handlers].map(({ request }) => request(user)),
        ),
      )
    }
  })

  it('denies or allows requests as configured while Redis is down, and reports it', async () => {
    const other = await startRedis()
    const { store } = createStore(other)
    const [denying, allowing] = [createHandler({ store }), createHandler({ store, onStoreError: 'allow' })]
    expect((await denying.request('alice')).status).toBe(200)
    await other.stop()
    expect((await denying.request('alice')).status).toBe(503)
    expect((await allowing.request('alice')).status).toBe(200)
    for (const { onError } of [denying, allowing]) {
      expect(onError.mock.calls).toMatchObject([
        [{ message: 'the connection to Redis closed' }, { stage: 'rateLimit' }],
      ])
    }
  })
})

describe('createDurableObjectStore in workerd', () => {
  const reports: string[] = []
  let respondToReports: () => void = () => {}
  /** Receives the error reports of the Worker, and responds when the test lets it. */
  const upstream = createServer(async (request, response) => {
    reports.push(await text(request))
    respondToReports = () => response.end()
  })
  let worker: Workerd
  beforeAll(async () => {
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
    worker = await startWorkerd({
      entry: 'test/support/rate-limited-worker.ts',
      durableObjects: { RATE_LIMIT: 'RateLimitCounter' },
      bindings: { LIMIT: `${LIMIT}` },
      upstream: `127.0.0.1:${(upstream.address() as AddressInfo).port}`,
    })
  })
  afterAll(async () => {
    await worker?.stop()
    upstream.close()
    upstream.closeAllConnections()
  })

  const request = (user: string, windowMs = WINDOW_MS) =>
    fetch(`${worker.url}?windowMs=${windowMs}`, { headers: { 'x-user': user } })
  const storedKeys = async (user: string) => (await fetch(`${worker.url}storage?key=${user}`)).json()

  it('limits concurrent requests of each user exactly', async () => {
    for (const user of ['alice', 'bob']) {
      expectLimited(await Promise.all(Array.from({ length: 40 }, () => request(user))))
    }
    expect(await storedKeys('alice')).toEqual(['window'])
    expect(reports).toEqual([])
  })

  it('starts a window again when it has ended, and deletes the storage of users who do not come back', async () => {
    for (let count = 0; count < LIMIT; count++) await request('carol', 2000)
    expect((await request('carol', 2000)).status).toBe(429)
    await expect
      .poll(() => request('carol', 2000).then(({ status }) => status), { timeout: 20_000 })
      .toBe(200)
    await expect.poll(() => storedKeys('carol'), { timeout: 20_000 }).toEqual([])
  })

  it('responds before the report of an error has been sent, which waitUntil() completes', async () => {
    const response = await request('broken')
    expect([response.status, await response.json()]).toEqual([500, { error: 'internal error' }])
    await expect.poll(() => reports).toEqual(['authorize: the session store is down'])
    respondToReports()
  })
})
