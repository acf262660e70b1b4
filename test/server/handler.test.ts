import { describe, expect, it, vi } from 'vitest'
import {
  createIceServersHandler,
  createTurnRestCredentials,
  type IceServersHandlerOptions,
} from '../../src/server/index.js'
import { errorOf } from '../support/error-of.js'
import { APP, createTestHandler, ENDPOINT, never, server } from '../support/handler.js'

describe('an answer', () => {
  it('has servers without port 53, their lifetime, and is for nobody’s cache', async () => {
    const { ask, source } = createTestHandler({ ttl: 600 })
    const before = Date.now()
    const response = await ask()
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
    })
    expect(Date.parse(response.headers.get('date') ?? '')).toBeGreaterThan(before - 1000)
    expect(source).toHaveBeenCalledExactlyOnceWith({
      userId: 'alice',
      request: expect.any(Request),
      signal: expect.any(AbortSignal),
      ttl: 600,
    })
  })

  it('comes from TURN REST credentials, too', async () => {
    const { ask } = createTestHandler({
      source: createTurnRestCredentials({ secret: 's', urls: ['stun:s.org', 'turn:t.org'] }),
      ttl: 60,
    })
    const { iceServers, ttl } = await (await ask()).json()
    expect(iceServers[0].username).toMatch(/^\d{10}:alice$/)
    expect(ttl).toBeGreaterThan(0)
  })

  it('to POST is the same, whatever its body is', async () => {
    const { ask } = createTestHandler()
    const response = await ask({ method: 'POST', body: 'x'.repeat(10_000_000) })
    expect(response.status).toBe(200)
  })

  it('to HEAD has no body, and mints nothing', async () => {
    const { ask, source } = createTestHandler()
    const response = await ask({ method: 'HEAD' })
    const { headers } = response
    expect([response.status, await response.text()]).toEqual([200, ''])
    expect([headers.get('cache-control'), headers.get('content-type')]).toEqual([
      'no-store',
      'application/json',
    ])
    expect(source).not.toHaveBeenCalled()
    const refused = await createTestHandler({ authorize: () => false }).ask({ method: 'HEAD' })
    expect([refused.status, await refused.text()]).toEqual([401, ''])
  })

  it.each(['PUT', 'DELETE', 'PATCH'])('to %s is 405', async (method) => {
    const { ask, source } = createTestHandler()
    const response = await ask({ method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST, OPTIONS'])
    expect(await response.json()).toEqual({ error: 'method not allowed' })
    expect(source).not.toHaveBeenCalled()
  })
})

describe('CORS', () => {
  const cors = (response: Response) =>
    [...response.headers.keys()].filter((name) => name.startsWith('access-control-'))

  it('is for the named origins', async () => {
    const { ask } = createTestHandler()
    const { headers } = await ask({ headers: { origin: APP } })
    expect(headers.get('access-control-allow-origin')).toBe(APP)
    expect(headers.get('access-control-allow-credentials')).toBe('true')
    expect(headers.get('access-control-expose-headers')).toBe('Date, Retry-After')
  })

  it('answers a preflight without asking who it is', async () => {
    const authorize = vi.fn(() => 'alice')
    const { ask } = createTestHandler({ authorize })
    const response = await ask({
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
  ])('has nothing for the origin %s', async (origin) => {
    const { ask } = createTestHandler()
    for (const method of ['GET', 'OPTIONS']) {
      const response = await ask({ method, headers: { origin } })
      expect(cors(response)).toEqual([])
      expect(response.headers.get('vary')).toBe('Origin')
    }
  })

  it('is there on refusals, so that the page can read them', async () => {
    const { ask } = createTestHandler({ authorize: () => false })
    expect((await ask({ headers: { origin: APP } })).headers.get('access-control-allow-origin')).toBe(APP)
  })

  it('is for no other origin where none is named', async () => {
    const handle = createIceServersHandler({ source: () => [server], authorize: () => 'alice' })
    expect(cors(await handle(new Request(ENDPOINT, { headers: { origin: APP } })))).toEqual([])
  })

  it.each(['*', 'null', 'app.example.org', 'https://app.example.org/', 'https://APP.example.org', ''])(
    'refuses %j as a named origin',
    (origin) => {
      expect(errorOf(() => createTestHandler({ allowedOrigins: [origin] })).message).toContain(
        'allowedOrigins: ',
      )
    },
  )
})

describe('authorize', () => {
  it('and a timeout are checked at once', () => {
    for (const timeoutMs of [0, Number.NaN, 2 ** 31])
      expect(errorOf(() => createTestHandler({ timeoutMs }))).toMatchObject({
        name: 'RangeError',
        message: 'timeoutMs must be a whole number from 1 to 2147483647',
      })
  })

  it('is required', () => {
    const options = { source: () => [server] } as unknown as IceServersHandlerOptions
    expect(errorOf(() => createIceServersHandler(options))).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining('authorize'),
    })
  })

  it.each([undefined, [], {}, 'source', [() => [], null]])('and so is a source: not %j', (source) => {
    expect(errorOf(() => createTestHandler({ source: source as never })).message).toBe('source is no source')
  })

  it('refuses with false: 401', async () => {
    const { ask, source } = createTestHandler({ authorize: async () => false as const })
    const response = await ask()
    expect([response.status, await response.json()]).toEqual([401, { error: 'unauthorized' }])
    expect(source).not.toHaveBeenCalled()
  })

  it('refuses with a Response of its own', async () => {
    const own = () =>
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
    const { ask } = createTestHandler({ authorize: own })
    const response = await ask({ headers: { origin: APP } })
    expect([response.status, await response.json()]).toEqual([402, { go: 'away' }])
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-own': 'yes',
      'cache-control': 'no-store',
      'access-control-allow-origin': APP,
    })
  })

  it.each([undefined, null, true, 0, 5, '', {}, ['alice']])(
    'that gives %j is a fault of one’s own: 500',
    async (nonsense) => {
      const { ask, onError, source } = createTestHandler({ authorize: () => nonsense as string })
      const response = await ask()
      expect([response.status, await response.json()]).toEqual([500, { error: 'internal error' }])
      expect(onError.mock.calls[0]?.[0]).toMatchObject({
        message: 'authorize gave no user id',
      })
      expect(source).not.toHaveBeenCalled()
    },
  )

  it('that throws is a 500, and onError gets the cause', async () => {
    const cause = new Error('secret-database')
    const { ask, onError } = createTestHandler({ authorize: () => Promise.reject(cause) })
    const response = await ask()
    expect([response.status, await response.text()]).toEqual([500, '{"error":"internal error"}'])
    expect(onError).toHaveBeenCalledExactlyOnceWith(cause, expect.any(Request))
  })

  it('that hangs is a 503', async () => {
    const { ask, onError } = createTestHandler({ authorize: never, timeoutMs: 20 })
    const response = await ask()
    expect([response.status, await response.json()]).toEqual([503, { error: 'upstream busy' }])
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ name: 'TurnApiError', message: 'no answer in time' })
  })
})
