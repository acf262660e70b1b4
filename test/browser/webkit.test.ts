/** WebKit, the engine of Safari: everything but connections, which Debian's builds of it do not have. */
import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { URL_VECTORS } from '../config/ice-url-vectors.js'
import { startPageServer } from '../support/page-server.js'
import { hasWebKit, launchWebKit, type WebKitPage } from '../support/webkit.js'

const SERVER = { urls: ['turn:turn.example.org'], username: 'user', credential: 'pass' }

const never = new Promise<never>(() => {})

/** Responds with a status. The page server adds nothing. */
function respondOnce(response: ServerResponse, status: number, headers = {}): Promise<never> {
  response.writeHead(status, headers).end()
  return never
}

describe.skipIf(!hasWebKit())('in WebKit', () => {
  let pages: Awaited<ReturnType<typeof startPageServer>>
  let page: WebKitPage
  let issued = 0
  beforeAll(async () => {
    pages = await startPageServer({
      '/ice-servers': () => ({ iceServers: [SERVER], ttl: 3600 }),
      '/rotating': () => ({ iceServers: [{ ...SERVER, username: `user${++issued}` }], ttl: 2 }),
      '/denied': (response) => respondOnce(response, 401),
      '/busy': (response) => respondOnce(response, 503, { 'retry-after': '7' }),
      '/hanging': () => never,
      '/echo': (_, body) => ({ iceServers: [{ ...SERVER, username: JSON.parse(body).room }] }),
      '/asctime': (response) => {
        response.setHeader('date', new Date().toUTCString())
        response.setHeader('expires', 'Sun Nov  6 08:49:37 2094')
        return { iceServers: [SERVER] }
      },
    })
    page = await launchWebKit()
  })
  afterAll(async () => {
    await page?.close()
    pages?.stop()
  })
  beforeEach(() => page.open(pages.url))

  it('shares one request among the callers, and has no method named undefined', async () => {
    const before = pages.requestsTo('/ice-servers')
    const result = await page.evaluate(async () => {
      const provider = new TurnKeeper.IceServerProvider('/ice-servers')
      const [iceServers] = await Promise.all([provider.getIceServers(), provider.getIceServers()])
      const { prototype } = TurnKeeper.IceServerProvider
      return { iceServers, state: provider.state, names: Object.getOwnPropertyNames(prototype) }
    })
    expect(result).toMatchObject({ iceServers: [SERVER], state: 'fresh' })
    expect(result.names).not.toContain('undefined')
    expect(pages.requestsTo('/ice-servers') - before).toBe(1)
  })

  it('sends JSON, and reads the servers of the response', async () => {
    const servers = await page.evaluate(() =>
      new TurnKeeper.IceServerProvider('/echo', { json: { room: 'r' } }).getIceServers(),
    )
    expect(servers).toEqual([{ ...SERVER, username: 'r' }])
  })

  it.each([
    ['/denied', { code: 'ERR_DENIED', status: 401, fatal: true }],
    ['/busy', { code: 'ERR_HTTP', status: 503, retryAfterMs: 7000 }],
    ['/hanging', { code: 'ERR_TIMEOUT' }],
    ['http://127.0.0.1:1/', { code: 'ERR_NETWORK' }],
  ])('reports the failure of %s', async (endpoint, expected) => {
    const error = await page.evaluate(async (url) => {
      const options = { timeoutMs: 1000, retryLimit: 0 }
      const provider = new TurnKeeper.IceServerProvider(url, options)
      const reason = await provider.getIceServers().catch((error: unknown) => error)
      provider.close()
      if (!TurnKeeper.isIceServerError(reason)) return { code: String(reason) }
      const { code, status, retryAfterMs, fatal, message } = reason
      return { code, status, retryAfterMs, fatal, message }
    }, endpoint)
    expect(error).toMatchObject(expected)
  })

  it('refreshes before the credentials expire, and writes them to an attached connection', async () => {
    const usernames = await page.evaluate(async () => {
      const provider = new TurnKeeper.IceServerProvider('/rotating')
      let configuration = { iceServers: await provider.getIceServers() }
      const pc = {
        signalingState: 'stable',
        getConfiguration: () => configuration,
        setConfiguration(next: typeof configuration) {
          configuration = next
        },
      }
      provider.attach(pc)
      const seen = [configuration.iceServers[0]?.username]
      for (let updates = 0; updates < 2; updates++) {
        await new Promise((resolve) => provider.once('update', resolve))
        seen.push(configuration.iceServers[0]?.username)
      }
      provider.close()
      return seen
    })
    expect(usernames).toEqual(['user1', 'user2', 'user3'])
  })

  it('shares a configuration between tabs', async () => {
    const before = pages.requestsTo('/ice-servers')
    const servers = await page.evaluate(async () => {
      const frame = document.createElement('iframe')
      frame.src = '/'
      document.body.append(frame)
      await new Promise((resolve) => frame.addEventListener('load', resolve))
      const options = { shareAcrossTabs: 'user' } as const
      const first = new TurnKeeper.IceServerProvider('/ice-servers', options)
      await first.getIceServers()
      const { TurnKeeper: other } = frame.contentWindow as unknown as { TurnKeeper: typeof TurnKeeper }
      const second = new other.IceServerProvider('/hanging', options)
      return second.getIceServers()
    })
    expect(servers).toEqual([SERVER])
    expect(pages.requestsTo('/ice-servers') - before).toBe(1)
  })

  it('works under a strict Content Security Policy, and in a worker', async () => {
    await page.open(`${pages.url}strict`)
    expect(
      await page.evaluate(() => new TurnKeeper.IceServerProvider('/ice-servers').getIceServers()),
    ).toEqual([SERVER])
    await page.open(pages.url)
    const servers = await page.evaluate((base) => {
      const code = `
        importScripts('${base}turnkeeper.js')
        new TurnKeeper.IceServerProvider('${base}ice-servers').getIceServers().then(postMessage, (e) => postMessage(String(e)))`
      const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })))
      return new Promise((resolve) => {
        worker.onmessage = ({ data }) => resolve(data)
      })
    }, pages.url)
    expect(servers).toEqual([SERVER])
  })

  it('parses every URL like the other engines', async () => {
    const urls = URL_VECTORS.map(([url]) => url)
    const results = await page.evaluate((list) => list.map((url) => TurnKeeper.parseIceUrl(url)), urls)
    const expected = URL_VECTORS.map(([href, parts]) =>
      typeof parts === 'string' ? { ok: false, reason: parts } : { ok: true, url: { href, ...parts } },
    )
    expect(results).toEqual(expected)
  })

  it('reads times without the engine’s Date.parse', async () => {
    const texts = ['2094-11-06 08:49:37+00', '2094-11-06t08:49:37z', '2094-11-06T08:49:37.123456789Z']
    const seconds = await page.evaluate((list) => {
      const read = (expiresAt: string) =>
        TurnKeeper.readIceConfiguration({ iceServers: [{ urls: 'stun:s.org' }], expiresAt })
      return list.map((text) => Math.floor(read(text).expiresAt / 1000))
    }, texts)
    const expiresAt = await page.evaluate(async () => {
      const { expiresAt } = await new TurnKeeper.IceServerProvider('/asctime').getConfiguration()
      return expiresAt
    })
    const moment = Date.UTC(2094, 10, 6, 8, 49, 37)
    expect(seconds).toEqual(texts.map(() => moment / 1000))
    expect(Math.abs(expiresAt - moment)).toBeLessThan(60_000)
  })

  it('rejects testIceServers() with a TypeError where there is no RTCPeerConnection', async () => {
    const message = await page.evaluate(() =>
      TurnKeeper.testIceServers([{ urls: 'stun:s.org' }]).catch((error: unknown) => String(error)),
    )
    expect(message).toMatch(/^TypeError: testIceServers: RTCPeerConnection is not available/)
  })
})
