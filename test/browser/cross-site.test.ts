/** The handler and pages of its own and of other origins, with the requests that browsers send. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createIceServersHandler, toNodeListener } from '../../src/server/index.js'
import { describeInBrowsers } from '../support/browsers.js'
import { startPageServer } from '../support/page-server.js'

const SERVER = { urls: ['turn:turn.example.org'], username: 'user', credential: 'pass' }
const METHODS = ['GET', 'POST'] as const
const MODES = ['cors', 'no-cors'] as const

const authorize = vi.fn(() => 'alice')
const increment = vi.fn((_key: string, windowMs: number) => ({ count: 1, resetAt: Date.now() + windowMs }))

/** The requests that the endpoint received, and the status of each response. */
const seen: { method: string; status: number; site: string | null; cookie: string | null }[] = []

let handler: ReturnType<typeof createIceServersHandler>
const endpoint = createServer((incoming, response) => {
  if (!incoming.url?.startsWith('/ice-servers')) {
    // Cookies are those of a host, whatever its port is.
    response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': 'session=of-alice' })
    response.end('<!doctype html><title>own page</title>')
    return
  }
  const record = async (request: Request) => {
    const result = await handler(request)
    const { method, headers } = request
    const [site, cookie] = [headers.get('sec-fetch-site'), headers.get('cookie')]
    seen.push({ method, status: result.status, site, cookie })
    return result
  }
  void toNodeListener(record)(incoming, response)
})

let own: string
let otherPages: Awaited<ReturnType<typeof startPageServer>>
/** A page of another site; one of the same site, whose requests have the cookies; one that is allowed. */
let origins: { crossSite: string; sameSite: string; allowed: string }

beforeAll(async () => {
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve))
  own = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/`
  otherPages = await startPageServer()
  const { port } = new URL(otherPages.url)
  origins = {
    crossSite: `http://localhost:${port}`,
    sameSite: `http://127.0.0.1:${port}`,
    allowed: `http://a.localhost:${port}`,
  }
  handler = createIceServersHandler({
    source: () => [SERVER],
    authorize,
    allowedOrigins: [origins.allowed],
    rateLimit: { limit: 100, windowMs: 60_000, store: { increment } },
  })
})
afterAll(() => {
  endpoint.close()
  endpoint.closeAllConnections()
  otherPages?.stop()
})
beforeEach(() => {
  vi.clearAllMocks()
  seen.length = 0
})

/** Requests the endpoint with cookies. Resolves with the username that the page reads, or what it gets instead. */
const requestIn = (page: Page, init: RequestInit) =>
  page.evaluate(
    async (url, init) => {
      try {
        const response = await fetch(url, { ...init, credentials: 'include' })
        if (response.type === 'opaque') return 'opaque'
        const body = await response.json()
        return body.iceServers?.[0].username ?? `${response.status}`
      } catch {
        return 'rejected'
      }
    },
    `${own}ice-servers`,
    init,
  )

describeInBrowsers('createIceServersHandler', ({ open }) => {
  it('responds 403 to every request of a page of another site, before authorize', async () => {
    const page = await open(origins.crossSite)
    for (const mode of MODES) {
      for (const method of METHODS) {
        const expected = mode === 'cors' ? 'rejected' : 'opaque'
        expect(await requestIn(page, { mode, method }), `${mode} ${method}`).toBe(expected)
      }
    }
    const rejected = METHODS.map((method) => ({ method, status: 403, site: 'cross-site' }))
    expect(seen).toMatchObject([...rejected, ...rejected])
    expect(authorize).not.toHaveBeenCalled()
    expect(increment).not.toHaveBeenCalled()
  })

  it('responds 403 to images, forms and links of a page of another site', async () => {
    const page = await open(origins.crossSite)
    await page.evaluate(async (url) => {
      const image = new Image()
      image.src = url
      await image.decode().catch(() => {})
    }, `${own}ice-servers`)
    for (const method of METHODS) {
      await page.goto(origins.crossSite)
      const navigated = page.waitForNavigation()
      await page.evaluate(
        (action, method) => {
          const form = Object.assign(document.createElement('form'), { action, method })
          document.body.append(form)
          form.submit()
        },
        `${own}ice-servers`,
        method,
      )
      await navigated
    }
    expect(seen.map(({ method, status }) => `${method} ${status}`)).toEqual([
      'GET 403',
      'GET 403',
      'POST 403',
    ])
    expect(authorize).not.toHaveBeenCalled()
  })

  it('responds 403 to a page of another origin of the same site, whose requests have the cookies', async () => {
    await open(own)
    const page = await open(origins.sameSite)
    for (const method of METHODS) expect(await requestIn(page, { method })).toBe('rejected')
    expect(await requestIn(page, { method: 'POST', mode: 'no-cors' })).toBe('opaque')
    const rejected = { status: 403, site: 'same-site', cookie: 'session=of-alice' }
    expect(seen).toMatchObject([rejected, rejected, rejected])
    expect(authorize).not.toHaveBeenCalled()
  })

  it('issues credentials to its own page and to a page of an allowed origin', async () => {
    for (const url of [own, origins.allowed]) {
      const page = await open(url)
      for (const method of METHODS) expect(await requestIn(page, { method })).toBe(SERVER.username)
    }
    const sites = ['same-origin', 'same-origin', 'cross-site', 'cross-site']
    expect(seen.map(({ status, site }) => `${status} ${site}`)).toEqual(sites.map((site) => `200 ${site}`))
  })

  it('issues credentials to a page of an allowed origin that sends a token, after a preflight', async () => {
    const page = await open(origins.allowed)
    const headers = { authorization: 'Bearer token' }
    expect(await requestIn(page, { headers })).toBe(SERVER.username)
    expect(seen.map(({ method, status }) => `${method} ${status}`)).toEqual(['OPTIONS 204', 'GET 200'])
  })
})
