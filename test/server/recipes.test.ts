import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { KEY_ID, KEY_SECRET, startCloudflareEmulator } from '../support/cloudflare-emulator.js'

const APP_ORIGIN = 'https://app.example.org'
const ENVIRONMENT = {
  TURN_KEY_ID: KEY_ID,
  TURN_KEY_SECRET: KEY_SECRET,
  TURN_SECRET: 'turn-secret',
  TURN_URLS: 'stun:turn.example.org, turn:turn.example.org',
  APP_ORIGIN,
  PORT: '0',
}
const ENVIRONMENT_OF_ONE_ORIGIN = { ...ENVIRONMENT, APP_ORIGIN: undefined }
const TURN_REST = {
  urls: ['stun:turn.example.org', 'turn:turn.example.org'],
  username: expect.stringMatching(/^\d{10}:alice$/),
}
const CLOUDFLARE = { urls: expect.any(Array), username: expect.stringMatching(/^\d{10}:user$/) }
const AUTHORIZATION = { authorization: 'Bearer token-of-alice' }

type SendRequest = (init?: RequestInit) => Promise<Response>

/** Sets the variables that a recipe reads, most of them when it is loaded, and unloads the recipes. */
function setEnvironment(environment: Record<string, string | undefined>): void {
  vi.resetModules()
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
}

/** Tests of the endpoint on every platform. */
function testEndpoint(sendRequest: SendRequest, expected: { urls: unknown; username: unknown }): void {
  it('responds 401 without a token of the app', async () => {
    for (const headers of [{}, { authorization: 'Bearer nobody' }, { authorization: 'token-of-alice' }]) {
      const response = await sendRequest({ headers })
      expect(response.status).toBe(401)
      expect(await response.json()).toEqual({ error: 'unauthorized' })
    }
  })

  it.each(['GET', 'POST'])('responds to %s with ICE servers and forbids caching', async (method) => {
    const response = await sendRequest({ method, headers: AUTHORIZATION })
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const body = await response.json()
    const known = body.afterExpiry === 'drop' ? ['afterExpiry'] : [] // with Cloudflare as the source
    expect(Object.keys(body)).toEqual(['iceServers', 'ttl', 'expiresAt', ...known])
    expect(body.iceServers.at(-1)).toEqual({
      ...expected,
      credential: expect.any(String),
    })
    expect(Math.abs(body.ttl - 3600)).toBeLessThan(5)
    expect(Math.abs(Date.parse(body.expiresAt) - Date.now() - 3_600_000)).toBeLessThan(5000)
  })

  it('allows only pages of the app’s origin to read the response', async () => {
    const named = await sendRequest({ headers: { ...AUTHORIZATION, origin: APP_ORIGIN } })
    expect(named.headers.get('access-control-allow-origin')).toBe(APP_ORIGIN)
    const other = await sendRequest({ headers: { ...AUTHORIZATION, origin: 'https://evil.example.org' } })
    expect(other.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('responds to a preflight', async () => {
    const response = await sendRequest({
      method: 'OPTIONS',
      headers: { origin: APP_ORIGIN, 'access-control-request-method': 'GET' },
    })
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-origin')).toBe(APP_ORIGIN)
    expect(response.headers.get('access-control-allow-headers')).toMatch(/authorization/i)
  })
}

function testOtherMethods(sendRequest: SendRequest): void {
  it('responds 405 to other methods, with the allowed ones', async () => {
    const response = await sendRequest({ method: 'DELETE', headers: AUTHORIZATION })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('GET, HEAD, POST, OPTIONS')
  })
}

/** Expects ICE servers for a page of the same origin, also if a proxy has changed the host, and 403 for any other page. */
async function expectNoAllowedOrigin(sendRequest: SendRequest): Promise<void> {
  const fetchFrom = (site: string) =>
    sendRequest({ headers: { ...AUTHORIZATION, origin: APP_ORIGIN, 'sec-fetch-site': site } })
  const [own, other] = [await fetchFrom('same-origin'), await fetchFrom('same-site')]
  expect([own.status, other.status]).toEqual([200, 403])
  for (const { headers } of [own, other]) expect(headers.get('access-control-allow-origin')).toBeNull()
}

const SERVERS: Record<string, () => Promise<unknown>> = {
  'plain Node': async () => (await import('../../demo/recipes/server/node.js')).server,
  Express: async () => (await import('../../demo/recipes/server/express.js')).server,
  Hono: async () => {
    const { default: app } = await import('../../demo/recipes/server/hono.js')
    return serve({ fetch: app.fetch, port: 0 })
  },
}

describe.each(Object.entries(SERVERS))('the recipe for %s', (_, load) => {
  const servers: Server[] = []
  const start = async (environment: Record<string, string | undefined>): Promise<SendRequest> => {
    setEnvironment(environment)
    const server = (await load()) as Server
    vi.unstubAllEnvs()
    servers.push(server)
    if (!server.listening) await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    return (init) => fetch(`http://127.0.0.1:${port}/api/ice-servers`, init)
  }
  let sendToServer: SendRequest
  beforeAll(async () => {
    sendToServer = await start(ENVIRONMENT)
  })
  afterAll(() => {
    for (const server of servers) {
      server.close()
      server.closeAllConnections()
    }
  })

  const sendRequest: SendRequest = (init) => sendToServer(init)
  testEndpoint(sendRequest, TURN_REST)
  testOtherMethods(sendRequest)

  it('needs no APP_ORIGIN when the page has the same origin', async () => {
    await expectNoAllowedOrigin(await start(ENVIRONMENT_OF_ONE_ORIGIN))
  })

  it('responds to a POST whose body nobody reads', async () => {
    const headers = { ...AUTHORIZATION, 'content-type': 'application/json' }
    const response = await sendRequest({
      method: 'POST',
      headers,
      body: JSON.stringify({ filler: 'x'.repeat(100_000) }),
    })
    expect(response.status).toBe(200)
  })
})

describe('the recipes for other runtimes', () => {
  let emulator: Awaited<ReturnType<typeof startCloudflareEmulator>>
  beforeAll(async () => {
    emulator = await startCloudflareEmulator()
  })
  afterAll(() => emulator?.stop())

  /** Sends requests for Cloudflare to the emulator. */
  beforeEach(() => {
    const realFetch = globalThis.fetch
    setEnvironment(ENVIRONMENT)
    vi.stubGlobal('fetch', (url: string, init?: RequestInit) =>
      realFetch(url.replace('https://rtc.live.cloudflare.com/v1', emulator.turnUrl), init),
    )
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    vi.unstubAllGlobals()
  })

  const testSameOrigin = (sendRequest: SendRequest) => {
    it('needs no APP_ORIGIN when the page has the same origin', async () => {
      setEnvironment(ENVIRONMENT_OF_ONE_ORIGIN)
      await expectNoAllowedOrigin(sendRequest)
    })
  }

  const createRequest = (init?: RequestInit) => new Request('https://api.example.org/api/ice-servers', init)

  describe('Next.js', () => {
    const sendRequest: SendRequest = async (init) => {
      const route = await import('../../demo/recipes/server/next.js')
      return route[(init?.method ?? 'GET') as 'GET' | 'POST' | 'OPTIONS'](createRequest(init))
    }
    testEndpoint(sendRequest, CLOUDFLARE)
    testSameOrigin(sendRequest)

    it('loads without environment variables, as a build does', async () => {
      vi.unstubAllEnvs()
      const { GET } = await import('../../demo/recipes/server/next.js')
      expect((await GET(createRequest())).status).toBe(401)
    })
  })

  describe('Bun', () => {
    const sendRequest: SendRequest = async (init) => {
      const { default: server } = await import('../../demo/recipes/server/bun.js')
      return server.fetch(createRequest(init))
    }
    testEndpoint(sendRequest, CLOUDFLARE)
    testSameOrigin(sendRequest)
    testOtherMethods(sendRequest)
  })

  describe('Deno', () => {
    const sendRequest: SendRequest = async (init) => {
      const serveInDeno = vi.fn<(handler: (request: Request) => Promise<Response>) => void>()
      vi.stubGlobal('Deno', { env: { get: (name: string) => process.env[name] }, serve: serveInDeno })
      await import('../../demo/recipes/server/deno.js')
      vi.resetModules()
      const [handler] = serveInDeno.mock.calls[0] ?? []
      if (!handler) throw new Error('Deno.serve was not called')
      return handler(createRequest(init))
    }
    testEndpoint(sendRequest, TURN_REST)
    testSameOrigin(sendRequest)
    testOtherMethods(sendRequest)
  })
})
