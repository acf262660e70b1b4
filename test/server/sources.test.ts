import { afterEach, describe, expect, it, vi } from 'vitest'
import { IceServerError } from '../../src/errors.js'
import { TurnApiError } from '../../src/server/index.js'
import { createTestHandler, never, server } from '../support/handler.js'
import { useFakeClock, useRealClock } from '../support/time.js'

afterEach(useRealClock)

const sourceFailure = { request: expect.any(Request), stage: 'source' }

describe('createIceServersHandler: sources', () => {
  it.each<[status: number, string, unknown, retryAfter: string | null]>([
    [502, 'Cloudflare rejects the secret', new TurnApiError('secret', { status: 401 }), null],
    [502, 'Cloudflare cannot be reached', new TurnApiError('secret'), null],
    [503, 'Cloudflare is busy', new TurnApiError('secret', { status: 429, retryAfterMs: 7000 }), '7'],
    [503, 'Cloudflare is busy for 0 s', new TurnApiError('secret', { status: 429, retryAfterMs: 0 }), '1'],
    [503, 'Cloudflare is busy for 1 ms', new TurnApiError('secret', { status: 429, retryAfterMs: 1 }), '1'],
    [503, 'Cloudflare is busy since 5 s', new TurnApiError('x', { status: 429, retryAfterMs: -5000 }), '1'],
    [
      503,
      'Cloudflare is busy for NaN',
      new TurnApiError('x', { status: 429, retryAfterMs: Number.NaN }),
      '1',
    ],
    [
      503,
      'Cloudflare is busy for ever',
      new TurnApiError('x', { status: 429, retryAfterMs: Infinity }),
      '86400',
    ],
    [503, 'Cloudflare is down', new TurnApiError('secret', { status: 503 }), '1'],
  ])('responds %d when %s', async (status, _, error, retryAfter) => {
    const { request, onError } = createTestHandler({ source: () => Promise.reject(error) })
    const response = await request()
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, retryAfter])
    expect(await response.text()).toMatch(/^\{"error":"[a-z ]+"\}$/)
    expect(onError).toHaveBeenCalledExactlyOnceWith(error, sourceFailure)
  })

  it.each<[status: number, IceServerError]>([
    [502, new IceServerError('ERR_RESPONSE', 'secret')],
    [503, new IceServerError('ERR_HTTP', 'secret', { status: 429, retryAfterMs: 7000 })],
  ])(
    'responds %d when a source throws an IceServerError, and reports it as TurnApiError',
    async (status, cause) => {
      const { request, onError } = createTestHandler({ source: () => Promise.reject(cause) })
      const response = await request()
      expect(response.status).toBe(status)
      expect(await response.text()).toMatch(/^\{"error":"[a-z ]+"\}$/)
      if (status === 503) expect(response.headers.get('retry-after')).toBe('7')
      expect(onError).toHaveBeenCalledOnce()
      expect(onError.mock.calls[0]?.[0]).toBeInstanceOf(TurnApiError)
      expect(onError.mock.calls[0]?.[0]).toMatchObject({ message: 'source: secret', cause })
    },
  )

  it.each([
    ['an empty list', []],
    ['an empty list of iceServers', { iceServers: [] }],
    ['HTML', '<html>'],
    ['an error envelope', { success: false, errors: [{ code: 1 }] }],
    ['undefined', undefined],
    ['a TURN server without credentials', [{ urls: 'turn:t.org' }]],
  ])('responds 502 when a source returns %s', async (_, body) => {
    const { request, onError } = createTestHandler({ source: () => body })
    const response = await request()
    expect([response.status, await response.json()]).toEqual([502, { error: 'upstream failed' }])
    expect(onError.mock.calls[0]?.[0]).toBeInstanceOf(TurnApiError)
  })

  it('requests the next source when one fails, and calls onError', async () => {
    const down = new TurnApiError('down')
    const { request, onError } = createTestHandler({ source: [() => Promise.reject(down), () => [server]] })
    expect((await request()).status).toBe(200)
    expect(onError).toHaveBeenCalledExactlyOnceWith(down, sourceFailure)
  })

  it('requests the next source when one does not settle within its share of the time', async () => {
    const { request, onError } = createTestHandler({ source: [never, () => [server]], timeoutMs: 200 })
    expect((await request()).status).toBe(200)
    expect(onError).toHaveBeenCalledOnce()
    expect(onError.mock.calls[0]?.[0]).toMatchObject({
      name: 'TurnApiError',
      message: 'source[0] did not settle within 100 ms',
    })
  })

  it('lets the last source use all the remaining time', async () => {
    const slow = () => new Promise((resolve) => setTimeout(() => resolve([server]), 120))
    const { request } = createTestHandler({
      source: [() => Promise.reject(new Error('down')), slow],
      timeoutMs: 200,
    })
    expect((await request()).status).toBe(200)
  })

  it('responds 502 when the credentials expire at this moment', async () => {
    useFakeClock()
    const { request, onError } = createTestHandler({
      source: () => ({ iceServers: [server], expiresAt: Date.now() }),
    })
    expect((await request()).status).toBe(502)
    expect(onError.mock.calls[0]?.[0]).toMatchObject({
      name: 'TurnApiError',
      message: 'source returned credentials that have already expired (expiresAt)',
    })
  })

  it.each([
    ['in the past', () => Date.now() - 1, ' returned credentials that have already expired (expiresAt)'],
    [
      'now in seconds',
      () => Date.now() / 1000,
      ' returned credentials that have already expired (expiresAt)',
    ],
    [
      'a past date',
      () => '2026-11-24T10:00:00Z',
      ' returned credentials that have already expired (expiresAt)',
    ],
    ['NaN', () => Number.NaN, ': expiresAt in the response must be a Unix time or an ISO 8601 date'],
  ])('requests the next source when expiresAt is %s', async (_, expiresAt, reason) => {
    const { request, onError } = createTestHandler({
      source: [() => ({ iceServers: [server], expiresAt: expiresAt() }), () => [server]],
    })
    const response = await request()
    expect([response.status, (await response.json()).ttl > 0]).toEqual([200, true])
    expect(onError.mock.calls[0]?.[0]).toMatchObject({
      message: `source[0]${reason}`,
    })
  })

  it('responds with the expiry of the source when that is earlier', async () => {
    useFakeClock()
    const at = Date.now() + 60_000
    const { request } = createTestHandler({ source: () => ({ iceServers: [server], expiresAt: at }) })
    expect(await (await request()).json()).toMatchObject({ ttl: 60, expiresAt: new Date(at).toISOString() })
  })

  it.each([null, undefined])(
    'responds with the ttl of the handler when expiresAt is %s',
    async (expiresAt) => {
      useFakeClock()
      const { request } = createTestHandler({ source: () => ({ iceServers: [server], expiresAt }), ttl: 600 })
      expect((await (await request()).json()).ttl).toBe(600)
    },
  )

  it('requests no source and counts nothing for a client that has disconnected', async () => {
    const controller = new AbortController()
    const authorize = () => {
      controller.abort()
      return 'alice'
    }
    for (const others of [[], [vi.fn()]]) {
      const first = vi.fn()
      const { request, onError } = createTestHandler({ authorize, source: [first, ...others] })
      expect((await request({ signal: controller.signal })).status).toBe(503)
      expect(onError).not.toHaveBeenCalled()
      await new Promise((resolve) => setTimeout(resolve))
      for (const source of [first, ...others]) expect(source).not.toHaveBeenCalled()
    }
    const increment = vi.fn()
    const limited = createTestHandler({
      authorize,
      rateLimit: { limit: 1, windowMs: 1000, store: { increment } },
    })
    expect((await limited.request({ signal: controller.signal })).status).toBe(503)
    expect(increment).not.toHaveBeenCalled()
    const hanging = createTestHandler({ authorize: never })
    expect((await hanging.request({ signal: controller.signal })).status).toBe(503)
  })

  it('responds with the error of the last source when all fail', async () => {
    const { request, onError } = createTestHandler({
      source: [() => Promise.reject(new Error('bug')), () => Promise.reject(new TurnApiError('x'))],
    })
    expect((await request()).status).toBe(502)
    expect(onError.mock.calls.map(([error]) => error.message)).toEqual(['source[0] threw Error', 'x'])
  })

  it('aborts the signal of the source when the client disconnects', async () => {
    const controller = new AbortController()
    const signals: AbortSignal[] = []
    const second = vi.fn()
    const first = ({ signal }: { signal: AbortSignal }) => {
      signals.push(signal)
      return never()
    }
    const { request } = createTestHandler({ source: [first, second] })
    const responsePromise = request({ signal: controller.signal })
    await vi.waitFor(() => expect(signals).toHaveLength(1))
    controller.abort()
    await responsePromise
    expect(signals[0]?.aborted).toBe(true)
    expect(second).not.toHaveBeenCalled()
  })

  it('responds although onError throws or rejects', async () => {
    const fail = () => {
      throw new Error('reporter')
    }
    for (const onError of [fail, async () => fail()]) {
      const { request } = createTestHandler({ source: [fail, () => [server]], onError })
      expect((await request()).status).toBe(200)
    }
  })
})
