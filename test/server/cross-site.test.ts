import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createIceServersHandler, type IceServersHandlerOptions } from '../../src/server/index.js'
import { APP, createTestHandler, ENDPOINT, never, server } from '../support/handler.js'

const OWN = new URL(ENDPOINT).origin
const EVIL = 'https://evil.example'

/** Creates a handler with a rate limit of one request, which nobody reaches unless a rejected request counts. */
function createLimitedHandler(options: Partial<IceServersHandlerOptions> = {}) {
  const authorize = vi.fn(() => 'alice')
  const increment = vi.fn(() => ({ count: 1, resetAt: 0 }))
  const rateLimit = { limit: 1, windowMs: 1000, store: { increment } }
  return { ...createTestHandler({ authorize, rateLimit, ...options }), authorize, increment }
}

describe('createIceServersHandler: pages of other sites', () => {
  it.each<Record<string, string>>([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'cross-site', origin: EVIL },
    { 'sec-fetch-site': 'cross-site', origin: OWN }, // http: and https: of one host are different sites
    { 'sec-fetch-site': 'cross-site', origin: 'null' },
    { 'sec-fetch-site': 'same-site', origin: 'https://other.example.org' },
    { origin: EVIL },
    { origin: 'null' },
    { origin: '' },
    { origin: 'https://api.example.org.evil.example' },
    { origin: 'https://api.example.org:8443' },
    { origin: `${APP}.evil.example` },
    { origin: EVIL, host: 'api.example.org' },
    { origin: EVIL, 'x-forwarded-host': 'evil.example' },
  ])('responds 403 to %o before authorize, and counts nothing', async (headers) => {
    const { request, authorize, increment, source, onError } = createLimitedHandler()
    for (const method of ['GET', 'HEAD', 'POST']) {
      const response = await request({ method, headers })
      expect(response.status).toBe(403)
      expect(await response.text()).toBe(method === 'HEAD' ? '' : '{"error":"origin not allowed"}')
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
      expect(response.headers.get('cache-control')).toBe('no-store')
    }
    for (const called of [authorize, increment, source, onError]) expect(called).not.toHaveBeenCalled()
  })

  it.each<[who: string, Record<string, string>]>([
    ['a native client', {}],
    ['a page of the own origin', { 'sec-fetch-site': 'same-origin' }],
    ['a POST of the own origin', { 'sec-fetch-site': 'same-origin', origin: OWN }],
    ['the own page behind a proxy that ends TLS', { origin: OWN.replace('https', 'http') }],
    ['the own page behind a proxy that changes the URL', { origin: EVIL, host: 'Evil.example' }],
    ['the own page behind a proxy that changes the host', { 'sec-fetch-site': 'same-origin', origin: EVIL }],
    ['an address in the address bar', { 'sec-fetch-site': 'none' }],
    ['a page of an allowed origin', { 'sec-fetch-site': 'cross-site', origin: APP }],
    ['a page of an allowed origin in an old browser', { origin: APP }],
  ])('issues credentials to %s', async (_, headers) => {
    for (const method of ['GET', 'POST']) {
      expect((await createLimitedHandler().request({ method, headers })).status).toBe(200)
    }
  })

  it('responds to a preflight of another site without CORS headers', async () => {
    const headers = { origin: EVIL, 'access-control-request-method': 'GET', 'sec-fetch-site': 'cross-site' }
    const response = await createLimitedHandler().request({ method: 'OPTIONS', headers })
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([204, null])
  })

  it('compares the host that a real HTTP client sent', async () => {
    const handle = createIceServersHandler({ source: () => [server], authorize: () => 'alice' })
    const listening = serve({ fetch: (request) => handle(request), port: 0 })
    onTestFinished(() => void listening.close())
    const { port } = listening.address() as AddressInfo
    const statusFrom = async (origin: string) =>
      (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: { origin } })).status
    expect(await statusFrom(`https://127.0.0.1:${port}`)).toBe(200)
    expect(await statusFrom(`http://127.0.0.1:${port + 1}`)).toBe(403)
    expect(await statusFrom(EVIL)).toBe(403)
  })
})

describe('createIceServersHandler: allowedOrigins', () => {
  it('copies the list', async () => {
    const allowedOrigins = [APP]
    const { request } = createLimitedHandler({ allowedOrigins })
    allowedOrigins[0] = EVIL
    expect((await request({ headers: { origin: EVIL } })).status).toBe(403)
    expect((await request({ headers: { origin: APP } })).status).toBe(200)
  })

  it('calls a function with the origin and the request, which may be async', async () => {
    const check = vi.fn(async (origin: string, _: Request) => origin.endsWith('.customer.example'))
    const { request } = createLimitedHandler({ allowedOrigins: check })
    const origin = 'https://one.customer.example'
    const allowed = await request({ headers: { origin } })
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([200, origin])
    expect((await request({ headers: { origin: EVIL } })).status).toBe(403)
    expect(check.mock.calls).toEqual([
      [origin, expect.any(Request)],
      [EVIL, expect.any(Request)],
    ])
  })

  it('never allows an origin that is not one, whatever the function returns', async () => {
    const check = vi.fn(() => true)
    const { request } = createLimitedHandler({ allowedOrigins: check })
    for (const origin of [
      'null',
      '*',
      'https://*.example.org',
      'https://app.example.org, https://b.example',
    ]) {
      expect((await request({ headers: { origin } })).status).toBe(403)
    }
    expect((await request()).status).toBe(200)
    expect(check).not.toHaveBeenCalled()
  })

  it.each([undefined, null, 1, 'true', {}])('responds 500 when the function returns %o', async (result) => {
    const { request, authorize, onError } = createLimitedHandler({ allowedOrigins: () => result as boolean })
    const response = await request({ headers: { origin: APP } })
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([500, null])
    expect(authorize).not.toHaveBeenCalled()
    expect(onError.mock.calls).toMatchObject([
      [
        { message: expect.stringMatching(/allowedOrigins must return a boolean, got /) },
        { stage: 'internal' },
      ],
    ])
  })

  it('responds 503 when the function does not settle in time', async () => {
    const { request, onError } = createLimitedHandler({ allowedOrigins: never, timeoutMs: 20 })
    expect((await request({ headers: { origin: APP } })).status).toBe(503)
    expect(onError.mock.calls[0]?.[0].message).toBe('allowedOrigins did not settle within 20 ms')
  })

  it('adds allowedHeaders to those of a preflight', async () => {
    const { request } = createLimitedHandler({ allowedHeaders: ['baggage', 'sentry-trace'] })
    const response = await request({ method: 'OPTIONS', headers: { origin: APP } })
    expect(response.headers.get('access-control-allow-headers')).toBe(
      'Authorization, Content-Type, baggage, sentry-trace',
    )
  })
})
