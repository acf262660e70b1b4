import { describe, expect, it, vi } from 'vitest'
import { rejectionOf } from '../support/error-of.js'
import { iceServersResponse, sendJson, startServer } from '../support/http-server.js'
import { request, SECRET } from '../support/request.js'
import { advance, NOW, SECOND, useFakeClock, useRealClock } from '../support/time.js'

describe('fetchConfiguration', () => {
  it('resolves with the configuration of a URL', async () => {
    const { url } = await startServer((response) => sendJson(response, iceServersResponse()))
    expect(await request(url)).toMatchObject({
      iceServers: iceServersResponse().iceServers,
      expirySource: 'ttl',
    })
    expect(await request(new URL(url))).toMatchObject({ expirySource: 'ttl' })
  })

  it('accepts a response of up to 256 KiB', async () => {
    const text = JSON.stringify(iceServersResponse())
    const { url } = await startServer((response) => response.end(text.padEnd(256 * 1024)))
    expect(await request(url)).toMatchObject({ iceServers: iceServersResponse().iceServers })
  })

  it('sends the method, headers and JSON of the options', async () => {
    const { url, requests } = await startServer((response) => sendJson(response, iceServersResponse()))
    await request(url)
    await request(url, { headers: async () => ({ authorization: SECRET, Accept: 'x/y' }), json: { room: 5 } })
    expect(requests).toMatchObject([
      { method: 'GET', url: '/ice-servers', headers: { accept: 'application/json' }, body: '' },
      {
        method: 'POST',
        headers: { accept: 'x/y', authorization: SECRET, 'content-type': 'application/json' },
        body: '{"room":5}',
      },
    ])
  })

  it('calls the fetch option, and bypasses HTTP caches', async () => {
    const fetch = vi.fn(async (_: Request, _init?: RequestInit) => Response.json(iceServersResponse()))
    await request('https://backend.example/ice', { fetch, credentials: 'include', method: 'PUT' })
    expect(fetch.mock.calls[0]?.[0]).toMatchObject({
      method: 'PUT',
      credentials: 'include',
      cache: 'no-store',
    })
  })

  it('starts the lifetime when the last attempt was sent', async () => {
    let time = 1_000_000
    const { url } = await startServer((response, _, index) => {
      time += 5000
      return index === 0 ? response.socket?.resetAndDestroy() : sendJson(response, iceServersResponse(60))
    })
    const { fetchedAt, expiresAt } = await request(url, { now: () => time, retryLimit: 1 })
    expect([fetchedAt, expiresAt]).toEqual([1_005_000, 1_065_000])
  })

  it('subtracts the time that a shared cache stored the response', async () => {
    const now = Date.now()
    const headers = { age: '600', date: new Date(now - 600_000).toUTCString() }
    const bodies = [
      iceServersResponse(900),
      { ...iceServersResponse(), ttl: undefined, expiresAt: now + 300_000 },
    ]
    const { url } = await startServer((response, _, index) => sendJson(response, bodies[index], 200, headers))
    for (const _ of bodies) {
      const { expiresAt } = await request(url, { now: () => now })
      expect(expiresAt - now).toBeGreaterThan(298_000)
      expect(expiresAt - now).toBeLessThanOrEqual(300_000)
    }
  })

  it('corrects times by the server’s Date header', async () => {
    const off = 7_200_000
    const { url } = await startServer((response) =>
      sendJson(
        response,
        { ...iceServersResponse(), ttl: undefined, expiresAt: Date.now() + off + 3_600_000 },
        200,
        {
          date: new Date(Date.now() + off).toUTCString(),
        },
      ),
    )
    const { expiresAt, fetchedAt } = await request(url)
    expect(Math.abs(expiresAt - fetchedAt - 3_600_000)).toBeLessThan(60_000)
  })

  it.each<[string, number, string]>([
    ['SDP', 201, 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n'],
    ['nothing', 204, ''],
    ['an empty body', 200, ''],
  ])(
    'reads the servers of several Link headers of a WHIP server that responds with %s',
    async (_, status, body) => {
      const { url, requests } = await startServer((response) => {
        const login = 'username="u"; credential="secret-credential"'
        response.setHeader('link', [
          '<stun:s.org>; rel="ice-server"',
          `<turn:t.org>; rel="ice-server"; ${login}`,
        ])
        response.writeHead(status, { 'content-type': 'application/sdp' }).end(body)
      })
      expect(await request(url, { method: 'OPTIONS' })).toMatchObject({
        iceServers: iceServersResponse().iceServers,
      })
      expect(requests[0]?.method).toBe('OPTIONS')
    },
  )

  it('passes the body through parse, which may be async', async () => {
    const { url } = await startServer((response) =>
      sendJson(response, { data: { turn: iceServersResponse().iceServers } }),
    )
    const parse = (body: unknown) => (body as { data: { turn: unknown } }).data.turn
    for (const option of [parse, async (body: unknown) => parse(body)]) {
      expect(await request(url, { parse: option })).toMatchObject({
        iceServers: iceServersResponse().iceServers,
        expirySource: 'default',
      })
    }
  })
})

describe('fetchConfiguration with retries', () => {
  it('retries after a connection reset', async () => {
    const { url, requests } = await startServer((response, _, index) =>
      index < 2 ? response.socket?.resetAndDestroy() : sendJson(response, iceServersResponse()),
    )
    await request(url, { retryLimit: 2 })
    expect(requests).toHaveLength(3)
  })

  it.each([400, 401, 403, 404, 408, 429, 500, 502, 503, 504])(
    'does not retry after a %d, which is a response',
    async (status) => {
      const { url, requests } = await startServer((response) =>
        sendJson(response, {}, status, { 'retry-after': '60' }),
      )
      expect(await rejectionOf(request(url, { retryLimit: 2 }))).toMatchObject({
        status,
        retryAfterMs: 60_000,
      })
      expect(requests).toHaveLength(1)
    },
  )

  it('does not retry a failed POST, which may have issued credentials', async () => {
    const { url, requests } = await startServer((response) => response.socket?.resetAndDestroy())
    expect(await rejectionOf(request(url, { retryLimit: 2, json: {} }))).toMatchObject({
      code: 'ERR_NETWORK',
    })
    expect(requests).toHaveLength(1)
  })

  it('waits for the minimum interval with jitter before a retry', async () => {
    useFakeClock()
    const times: number[] = []
    const fetch = async () => {
      times.push(Date.now() - NOW)
      throw new TypeError('fetch failed')
    }
    const pending = rejectionOf(
      request('http://127.0.0.1:1', { fetch, retryLimit: 2, minRefreshIntervalMs: 1000, random: () => 0.5 }),
    )
    await advance(10 * SECOND)
    expect(await pending).toMatchObject({ code: 'ERR_NETWORK' })
    expect(times).toEqual([0, 1500, 3000])
    useRealClock()
  })

  it('does not retry if the minimum interval leaves no time for it', async () => {
    const fetch = vi.fn(() => Promise.reject(new TypeError('fetch failed')))
    const options = { fetch, retryLimit: 2, minRefreshIntervalMs: 15_000 }
    expect(await rejectionOf(request('http://127.0.0.1:1', options))).toMatchObject({ code: 'ERR_NETWORK' })
    expect(fetch).toHaveBeenCalledOnce()
  })
})
