import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { createIceServersHandler, createTurnRestCredentials } from '../../src/server/index.js'
import { APP, createTestHandler, ENDPOINT, never, server } from '../support/handler.js'

describe('createIceServersHandler: responses', () => {
  it('responds with servers without port 53 and their lifetime, and forbids caching', async () => {
    const { request, source } = createTestHandler({ ttl: 600 })
    const before = Date.now()
    const response = await request()
    expect(response.status).toBe(200)
    const { iceServers, ttl, expiresAt } = await response.json()
    expect(iceServers).toEqual([{ ...server, urls: ['turn:t.org'] }])
    expect(ttl).toBeGreaterThan(500)
    expect(ttl).toBeLessThanOrEqual(600)
    expect(expiresAt).toBe(new Date(Date.parse(expiresAt)).toISOString())
    expect(Date.parse(expiresAt)).toBeGreaterThanOrEqual(before + 600_000)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      vary: 'Origin',
      'x-content-type-options': 'nosniff',
    })
    expect(Date.parse(response.headers.get('date') ?? '')).toBeGreaterThan(before - 1000)
    expect(source).toHaveBeenCalledExactlyOnceWith({
      userId: 'alice',
      request: expect.any(Request),
      signal: expect.any(AbortSignal),
      ttl: 600,
    })
  })

  it('responds with TURN REST credentials for the authenticated user', async () => {
    const { request } = createTestHandler({
      source: createTurnRestCredentials({ secret: 's', urls: ['stun:s.org', 'turn:t.org'] }),
      ttl: 60,
    })
    const { iceServers, ttl } = await (await request()).json()
    expect(iceServers[0].username).toMatch(/^\d{10}:alice$/)
    expect(ttl).toBeGreaterThan(0)
  })

  it.each(['keep', 'drop'])(
    'passes on what the source says the TURN server does at expiry: %s',
    async (afterExpiry) => {
      const { request } = createTestHandler({ source: () => ({ iceServers: [server], afterExpiry }) })
      expect(await (await request()).json()).toMatchObject({ afterExpiry })
    },
  )

  it('responds to a POST like to a GET, whatever its body contains', async () => {
    const { request, source } = createTestHandler()
    const response = await request({ method: 'POST', body: 'x'.repeat(10_000_000) })
    expect(response.status).toBe(200)
    const body = await response.json()
    expect(Object.keys(body)).toEqual(['iceServers', 'ttl', 'expiresAt'])
    expect(body.iceServers).toEqual((await (await request()).json()).iceServers)
    expect(source).toHaveBeenCalledTimes(2)
  })

  it('responds to a HEAD request without a body and without issuing credentials', async () => {
    const { request, source } = createTestHandler()
    const response = await request({ method: 'HEAD' })
    const { headers } = response
    expect([response.status, await response.text()]).toEqual([200, ''])
    expect([headers.get('cache-control'), headers.get('content-type')]).toEqual([
      'no-store',
      'application/json',
    ])
    expect(source).not.toHaveBeenCalled()
    const rejected = await createTestHandler({ authorize: () => false }).request({ method: 'HEAD' })
    expect([rejected.status, await rejected.text()]).toEqual([401, ''])
  })

  it.each(['PUT', 'DELETE', 'PATCH'])('responds 405 to %s', async (method) => {
    const { request, source } = createTestHandler()
    const response = await request({ method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST, OPTIONS'])
    expect(await response.json()).toEqual({ error: 'method not allowed' })
    expect(source).not.toHaveBeenCalled()
  })
})

describe('createIceServersHandler: the argument of the handler', () => {
  it.each<[string, unknown]>([
    ['IncomingMessage of Node', new IncomingMessage(new Socket())],
    ['object with a record of headers', { method: 'GET', headers: { host: 'a.example' } }],
    ['object without headers', {}],
    ['undefined argument', undefined],
  ])('rejects with TypeError for an %s, without a synchronous throw', async (_, argument) => {
    const authorize = vi.fn(() => 'alice')
    const { handle, source } = createTestHandler({ authorize })
    const promise = handle(argument as Request)
    await expect(promise).rejects.toMatchObject({
      name: 'TypeError',
      message:
        "createIceServersHandler: the handler must be called with a standard Request, got Node's IncomingMessage or another object: wrap it with toNodeListener()",
    })
    expect(authorize).not.toHaveBeenCalled()
    expect(source).not.toHaveBeenCalled()
  })
})

describe('createIceServersHandler: CORS', () => {
  const corsHeaders = (response: Response) =>
    [...response.headers.keys()].filter((name) => name.startsWith('access-control-'))

  it('sends CORS headers to an allowed origin', async () => {
    const { request } = createTestHandler()
    const { headers } = await request({ headers: { origin: APP } })
    expect(headers.get('access-control-allow-origin')).toBe(APP)
    expect(headers.get('access-control-allow-credentials')).toBe('true')
    expect(headers.get('access-control-expose-headers')).toBe('Date, Retry-After')
  })

  it('responds to a preflight without authenticating', async () => {
    const authorize = vi.fn(() => 'alice')
    const { request } = createTestHandler({ authorize })
    const response = await request({
      method: 'OPTIONS',
      headers: { origin: APP, 'access-control-request-method': 'POST' },
    })
    expect([response.status, response.headers.get('content-type')]).toEqual([204, null])
    expect(response.headers.get('access-control-allow-methods')).toBe('GET, HEAD, POST')
    expect(response.headers.get('access-control-allow-headers')).toBe('Authorization, Content-Type')
    expect(authorize).not.toHaveBeenCalled()
  })

  it.each([
    'null',
    '*',
    'https://app.example.org.evil.com',
    'https://evil-app.example.org',
    'https://app.example.org:8443',
    'http://app.example.org',
    'https://APP.example.org',
    'https://app.example.org/',
    'https://app.example.org, https://evil.com',
  ])('sends no CORS headers to the origin %s', async (origin) => {
    const { request } = createTestHandler()
    for (const method of ['GET', 'OPTIONS']) {
      const response = await request({ method, headers: { origin } })
      expect(corsHeaders(response)).toEqual([])
      expect(response.headers.get('vary')).toBe('Origin')
    }
  })

  it('sends CORS headers with error responses, so that the page can read them', async () => {
    const { request } = createTestHandler({ authorize: () => false })
    expect((await request({ headers: { origin: APP } })).headers.get('access-control-allow-origin')).toBe(APP)
  })

  it('sends no CORS headers without allowedOrigins', async () => {
    const handle = createIceServersHandler({ source: () => [server], authorize: () => 'alice' })
    expect(corsHeaders(await handle(new Request(ENDPOINT, { headers: { origin: APP } })))).toEqual([])
  })
})

describe('createIceServersHandler: authorize', () => {
  it.each([false, undefined, null])(
    'responds 401 with a challenge when authorize returns %s',
    async (result) => {
      const { request, source, onError } = createTestHandler({ authorize: async () => result as false })
      const response = await request()
      expect([response.status, await response.json()]).toEqual([401, { error: 'unauthorized' }])
      expect(response.headers.get('www-authenticate')).toBe('Bearer')
      expect(onError).not.toHaveBeenCalled()
      expect(source).not.toHaveBeenCalled()
    },
  )

  it('responds with the Response that authorize returns, and forbids caching it', async () => {
    const authorize = () =>
      Response.json(
        { go: 'away' },
        {
          status: 402,
          headers: [
            ['x-own', 'yes'],
            ['cache-control', 'public'],
            ['set-cookie', 'a=1'],
            ['set-cookie', 'b=2'],
          ],
        },
      )
    const { request, source } = createTestHandler({ authorize })
    const response = await request({ headers: { origin: APP } })
    expect([response.status, await response.json()]).toEqual([402, { go: 'away' }])
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-own': 'yes',
      'cache-control': 'no-store',
      'access-control-allow-origin': APP,
    })
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(source).not.toHaveBeenCalled()
  })

  it.each([
    ['true', true],
    ['0', 0],
    ['5', 5],
    ['an empty string', ''],
    ['an object', {}],
    ['an array', ['alice']],
  ])('responds 500 when authorize returns %s', async (received, value) => {
    const { request, onError, source } = createTestHandler({ authorize: () => value as string })
    const response = await request()
    expect([response.status, await response.json()]).toEqual([500, { error: 'internal error' }])
    const message = `createIceServersHandler: authorize must return a user id (a non-empty string), false or a Response, got ${received}`
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ name: 'TypeError', message })
    expect(source).not.toHaveBeenCalled()
  })

  it('responds 500 when authorize throws, and calls onError with the error', async () => {
    const cause = new Error('secret-database')
    const { request, onError } = createTestHandler({ authorize: () => Promise.reject(cause) })
    const response = await request()
    expect([response.status, await response.text()]).toEqual([500, '{"error":"internal error"}'])
    expect(onError).toHaveBeenCalledExactlyOnceWith(cause, {
      request: expect.any(Request),
      stage: 'authorize',
    })
  })

  it('responds 503 when authorize does not settle in time', async () => {
    const { request, onError } = createTestHandler({ authorize: never, timeoutMs: 20 })
    const response = await request()
    expect([response.status, await response.json()]).toEqual([503, { error: 'upstream busy' }])
    expect(response.headers.get('retry-after')).toBe('1')
    expect(onError.mock.calls[0]?.[0]).toMatchObject({
      name: 'TurnApiError',
      message: 'authorize did not settle within 20 ms',
    })
  })
})
