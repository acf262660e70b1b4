import type { ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { createDeferred } from '../../src/deferred.js'
import { IceServerError } from '../../src/errors.js'
import { fetchConfiguration } from '../../src/fetch/fetch-configuration.js'
import { type IceServerEndpoint, type IceServerProviderOptions, resolveOptions } from '../../src/options.js'
import { rejectionOf } from '../support/error-of.js'
import { answer, sendJson, startServer } from '../support/http-server.js'

const SECRET = 'secret-token'

function ask(
  endpoint: IceServerEndpoint,
  options: IceServerProviderOptions = {},
  controller = new AbortController(),
) {
  const quick = { minRefreshIntervalMs: 1, retryLimit: 0, ...options }
  return fetchConfiguration(endpoint, resolveOptions(endpoint, quick), controller, 'initial')
}

const html = (response: ServerResponse) =>
  response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><form>')

describe('fetchConfiguration', () => {
  it('reads a configuration', async () => {
    const { url } = await startServer((response) => sendJson(response, answer()))
    expect(await ask(url)).toMatchObject({ iceServers: answer().iceServers, expirySource: 'ttl' })
    expect(await ask(new URL(url))).toMatchObject({ expirySource: 'ttl' })
  })

  it('reads an answer of up to 256 KiB', async () => {
    const text = JSON.stringify(answer())
    const { url } = await startServer((response) => response.end(text.padEnd(256 * 1024)))
    expect(await ask(url)).toMatchObject({ iceServers: answer().iceServers })
  })

  it('sends what the options say', async () => {
    const { url, requests } = await startServer((response) => sendJson(response, answer()))
    await ask(url)
    await ask(url, { headers: async () => ({ authorization: SECRET, Accept: 'x/y' }), json: { room: 5 } })
    expect(requests).toMatchObject([
      { method: 'GET', url: '/ice-servers', headers: { accept: 'application/json' }, body: '' },
      {
        method: 'POST',
        headers: { accept: 'x/y', authorization: SECRET, 'content-type': 'application/json' },
        body: '{"room":5}',
      },
    ])
  })

  it('uses a replacement for fetch, and asks past HTTP caches', async () => {
    const fetch = vi.fn(async (_: Request, _init?: RequestInit) => Response.json(answer()))
    await ask('https://backend.example/ice', { fetch, credentials: 'include', method: 'PUT' })
    expect(fetch.mock.calls[0]?.[0]).toMatchObject({
      method: 'PUT',
      credentials: 'include',
      cache: 'no-store',
    })
  })

  it('counts the lifetime from when the last try was sent', async () => {
    let time = 1_000_000
    const { url } = await startServer((response, _, index) => {
      time += 5000
      return index === 0 ? response.socket?.resetAndDestroy() : sendJson(response, answer(60))
    })
    const { fetchedAt, expiresAt } = await ask(url, { now: () => time, retryLimit: 1 })
    expect([fetchedAt, expiresAt]).toEqual([1_005_000, 1_065_000])
  })

  it('takes off the time that a shared cache kept the answer', async () => {
    const now = Date.now()
    const headers = { age: '600', date: new Date(now - 600_000).toUTCString() }
    const bodies = [answer(900), { ...answer(), ttl: undefined, expiresAt: now + 300_000 }]
    const { url } = await startServer((response, _, index) => sendJson(response, bodies[index], 200, headers))
    for (const _ of bodies) {
      const { expiresAt } = await ask(url, { now: () => now })
      expect(expiresAt - now).toBeGreaterThan(298_000)
      expect(expiresAt - now).toBeLessThanOrEqual(300_000)
    }
  })

  it('takes the server’s clock from its headers', async () => {
    const off = 7_200_000
    const { url } = await startServer((response) =>
      sendJson(response, { ...answer(), ttl: undefined, expiresAt: Date.now() + off + 3_600_000 }, 200, {
        date: new Date(Date.now() + off).toUTCString(),
      }),
    )
    const { expiresAt, fetchedAt } = await ask(url)
    expect(Math.abs(expiresAt - fetchedAt - 3_600_000)).toBeLessThan(60_000)
  })

  it('lets parse bring an unusual answer into shape', async () => {
    const { url } = await startServer((response) =>
      sendJson(response, { data: { turn: answer().iceServers } }),
    )
    const parse = (body: unknown) => (body as { data: { turn: unknown } }).data.turn
    for (const option of [parse, async (body: unknown) => parse(body)]) {
      expect(await ask(url, { parse: option })).toMatchObject({
        iceServers: answer().iceServers,
        expirySource: 'default',
      })
    }
  })
})

describe('an endpoint function', () => {
  it('gives the parsed body, and gets a signal and the reason', async () => {
    const endpoint = vi.fn(async () => answer())
    expect(await ask(endpoint)).toMatchObject({ expirySource: 'ttl' })
    expect(endpoint).toHaveBeenCalledExactlyOnceWith({ signal: expect.any(AbortSignal), reason: 'initial' })
  })

  it('may answer at once', async () => {
    expect(await ask(() => answer())).toMatchObject({ expirySource: 'ttl' })
  })

  it('may give the Response', async () => {
    expect(await ask(() => Response.json(answer()))).toMatchObject({
      expirySource: 'ttl',
    })
    expect(await rejectionOf(ask(() => new Response('', { status: 401 })))).toMatchObject({
      code: 'ERR_DENIED',
    })
  })

  it('may give a Response whose pieces break a character, after a byte order mark', async () => {
    const bytes = new TextEncoder().encode(`\uFEFF${JSON.stringify(answer(3600, 'ü'))}`)
    const cut = bytes.indexOf(0xc3) + 1
    const pieces = new ReadableStream({
      start(controller) {
        for (const piece of [bytes.slice(0, cut), bytes.slice(cut)]) controller.enqueue(piece)
        controller.close()
      },
    })
    expect((await ask(() => new Response(pieces))).iceServers[1]).toMatchObject({ username: 'ü' })
  })

  it('may throw: its error is the cause', async () => {
    const cause = new Error('no session')
    const throwing = () => {
      throw cause
    }
    const expected = { code: 'ERR_NETWORK', message: 'the endpoint function threw', cause }
    expect(await rejectionOf(ask(throwing))).toMatchObject(expected)
    expect(await rejectionOf(ask(() => Promise.reject(cause)))).toMatchObject(expected)
  })

  it('may throw the error of an HTTP library: its response counts, its request goes nowhere', async () => {
    class HTTPError extends Error {
      override name = 'HTTPError'
      request = { headers: { authorization: SECRET } }
      constructor(readonly response: unknown) {
        super('status')
      }
    }
    const denied = await rejectionOf(
      ask(() => Promise.reject(new HTTPError(new Response('', { status: 401 })))),
    )
    expect(denied).toMatchObject({ code: 'ERR_DENIED', status: 401 })
    expect(inspect(denied, { depth: 9 })).not.toContain(SECRET)
    const other = new HTTPError(undefined)
    expect(await rejectionOf(ask(() => Promise.reject(other)))).toMatchObject({
      code: 'ERR_NETWORK',
      cause: other,
    })
  })

  it('may throw an IceServerError, which stays as it is', async () => {
    const error = new IceServerError('ERR_DENIED', 'logged out')
    expect(await rejectionOf(ask(() => Promise.reject(error)))).toBe(error)
  })

  it('that never settles ends with ERR_TIMEOUT, and its signal fires', async () => {
    const signals: AbortSignal[] = []
    const endpoint: IceServerEndpoint = ({ signal }) => {
      signals.push(signal)
      return new Promise(() => {})
    }
    expect(await rejectionOf(ask(endpoint, { timeoutMs: 20 }))).toMatchObject({
      code: 'ERR_TIMEOUT',
      message: 'no complete answer in time',
    })
    expect(signals[0]?.aborted).toBe(true)
  })
})

describe('a failure is a typed error:', () => {
  it.each<[string, (response: ServerResponse) => unknown, object]>([
    ['401', (response) => sendJson(response, {}, 401), { code: 'ERR_DENIED', status: 401, fatal: true }],
    ['403', (response) => sendJson(response, {}, 403), { code: 'ERR_DENIED', status: 403, fatal: true }],
    [
      '404',
      (response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<!doctype html>'),
      { code: 'ERR_HTTP', status: 404, fatal: false },
    ],
    [
      '500',
      (response) => sendJson(response, {}, 500),
      { code: 'ERR_HTTP', status: 500, message: 'the endpoint answered 500' },
    ],
    [
      '429 with seconds',
      (response) => sendJson(response, {}, 429, { 'retry-after': '7' }),
      { code: 'ERR_HTTP', status: 429, retryAfterMs: 7000 },
    ],
    [
      '503 with a date by the server’s clock',
      (response) =>
        sendJson(response, {}, 503, {
          date: 'Tue, 24 Nov 2026 10:00:00 GMT',
          'retry-after': 'Tue, 24 Nov 2026 10:00:30 GMT',
        }),
      { code: 'ERR_HTTP', status: 503, retryAfterMs: 30_000 },
    ],
    [
      '429 with nonsense',
      (response) => sendJson(response, {}, 429, { 'retry-after': 'soon' }),
      { code: 'ERR_HTTP', retryAfterMs: undefined },
    ],
    [
      '204',
      (response) => response.writeHead(204).end(),
      { code: 'ERR_RESPONSE', status: 204, message: 'the answer is empty' },
    ],
    [
      'an empty body',
      (response) => response.end(' \n'),
      { code: 'ERR_RESPONSE', message: 'the answer is empty' },
    ],
    ['HTML', html, { code: 'ERR_RESPONSE', message: 'the answer is HTML, such as a login page' }],
    [
      'HTML after an empty line',
      (response) => response.end('\r\n <html>'),
      { code: 'ERR_RESPONSE', message: 'the answer is HTML, such as a login page' },
    ],
    [
      'no JSON',
      (response) => response.end('{"iceServers":[secret-credential, <b>'),
      { code: 'ERR_RESPONSE', message: 'the answer is not JSON' },
    ],
    [
      'an unknown shape',
      (response) => sendJson(response, { token: 'secret-credential' }),
      { code: 'ERR_RESPONSE', message: expect.stringContaining('an object with token') },
    ],
    [
      'a bad server',
      (response) => sendJson(response, [{ urls: 'turn:t', username: 'secret-credential' }]),
      { code: 'ERR_ICE_SERVER', message: expect.stringContaining('iceServers[0].credential') },
    ],
    [
      'an end in the past',
      (response) => sendJson(response, { ...answer(), expiresAt: 1e9 }),
      { code: 'ERR_EXPIRED' },
    ],
    [
      'more than 256 KiB',
      (response) => sendJson(response, [{ urls: 'stun:s.org', filler: 'x'.repeat(256 * 1024) }]),
      { code: 'ERR_RESPONSE', message: 'the answer is larger than 256 KiB' },
    ],
    [
      'a truncated body',
      (response) => {
        response.writeHead(200, { 'content-length': 1000 }).write('{"iceServers":')
        setTimeout(() => response.destroy(), 20)
      },
      { code: 'ERR_NETWORK', message: 'the answer broke off', cause: expect.any(Error) },
    ],
    [
      'a connection reset',
      (response) => response.socket?.resetAndDestroy(),
      { code: 'ERR_NETWORK', message: expect.stringContaining('could not be reached') },
    ],
  ])('%s', async (_, handler, expected) => {
    const { url, requests } = await startServer(handler)
    const error = await rejectionOf(ask(`${url}?token=${SECRET}`, { headers: { authorization: SECRET } }))
    expect(error).toBeInstanceOf(IceServerError)
    expect(error).toMatchObject(expected)
    expect(requests).toHaveLength(1)
    const everything = [
      inspect(error, { depth: 9, showHidden: true }),
      JSON.stringify(error),
      `${error}`,
      error.stack,
    ].join()
    expect(everything).not.toContain('secret-')
  })

  it('a redirect to a login page', async () => {
    const { url, origin } = await startServer((response, request) =>
      request.url.startsWith('/login')
        ? html(response)
        : response.writeHead(302, { location: `/login?next=${SECRET}` }).end(),
    )
    expect(await rejectionOf(ask(url))).toMatchObject({
      code: 'ERR_RESPONSE',
      message: `the answer, after a redirect to ${origin}, is HTML, such as a login page`,
    })
  })

  it('nobody listening', async () => {
    const { url } = await startServer(() => {})
    const error = await rejectionOf(ask(url.replace(/:\d+/, ':1')))
    expect(error).toMatchObject({
      code: 'ERR_NETWORK',
      message: 'the endpoint could not be reached',
    })
    expect(error.cause).toBeInstanceOf(TypeError)
  })

  it('a relative URL where there is no page', async () => {
    expect(await rejectionOf(ask('/ice-servers'))).toMatchObject({ code: 'ERR_NETWORK' })
  })

  it('a header that cannot be sent, without its value', async () => {
    const error = await rejectionOf(
      ask('http://127.0.0.1:1', { headers: { authorization: `${SECRET}\n\u0000` } }),
    )
    expect(error.code).toBe('ERR_NETWORK')
    expect(inspect(error, { depth: 9 })).not.toContain(SECRET)
  })

  it('a headers function that throws', async () => {
    const cause = new Error('no token')
    const headers = () => Promise.reject(cause)
    expect(await rejectionOf(ask('http://127.0.0.1:1', { headers }))).toMatchObject({
      code: 'ERR_NETWORK',
      message: 'the headers function threw',
      cause,
    })
  })

  it('a replacement for fetch that throws, whatever it throws', async () => {
    for (const thrown of [
      new Error(SECRET),
      SECRET,
      undefined,
      Object.assign(new Error(SECRET), { name: 'HTTPError' }),
    ]) {
      const error = await rejectionOf(ask('http://127.0.0.1:1', { fetch: () => Promise.reject(thrown) }))
      expect(error).toMatchObject({
        code: 'ERR_NETWORK',
        message: 'the request is not valid',
      })
      expect(inspect(error, { depth: 9 })).not.toContain(SECRET)
    }
  })

  it('a parse function or a filter that throws', async () => {
    const cause = new Error('unexpected')
    const fail = () => {
      throw cause
    }
    const expected = { code: 'ERR_RESPONSE', message: 'the parse or urlFilter function threw', cause }
    expect(await rejectionOf(ask(() => answer(), { parse: fail }))).toMatchObject(expected)
    expect(await rejectionOf(ask(() => answer(), { urlFilter: fail }))).toMatchObject(expected)
  })

  it.each<[string, (response: ServerResponse) => unknown]>([
    ['an answer that never comes', () => {}],
    ['a body that never ends', (response) => void response.write('{"iceServers":')],
    [
      'a body that drips',
      (response) => {
        const drip = setInterval(() => response.write(' '), 5)
        response.on('close', () => clearInterval(drip))
      },
    ],
  ])('%s', async (_, handler) => {
    const { url } = await startServer(handler)
    expect(await rejectionOf(ask(url, { timeoutMs: 150 }))).toMatchObject({ code: 'ERR_TIMEOUT' })
  })

  it('an error status whose body never ends, told at once, and the body is given up', async () => {
    const gone = createDeferred<void>()
    const { url } = await startServer((response) => {
      response.on('close', () => gone.resolve())
      response.writeHead(401).write('{')
    })
    expect(await rejectionOf(ask(url))).toMatchObject({ code: 'ERR_DENIED' })
    await gone.promise
  })

  it('a function of the app’s that never settles', async () => {
    const never = () => new Promise<never>(() => {})
    expect(await rejectionOf(ask(() => answer(), { parse: never, timeoutMs: 20 }))).toMatchObject({
      code: 'ERR_TIMEOUT',
    })
    expect(await rejectionOf(ask('http://127.0.0.1:1', { headers: never, timeoutMs: 20 }))).toMatchObject({
      code: 'ERR_TIMEOUT',
    })
    expect(await rejectionOf(ask('http://127.0.0.1:1', { fetch: never, timeoutMs: 20 }))).toMatchObject({
      code: 'ERR_TIMEOUT',
    })
  })

  it('an abort, which ends the request', async () => {
    const gone = createDeferred<void>()
    const { url } = await startServer((response) => response.on('close', () => gone.resolve()))
    const controller = new AbortController()
    const asking = ask(url, {}, controller)
    setTimeout(() => controller.abort(new IceServerError('ERR_CLOSED', 'closed')), 50)
    expect(await rejectionOf(asking)).toMatchObject({ code: 'ERR_CLOSED' })
    await gone.promise
  })
})

describe('a retry', () => {
  it('follows a connection reset', async () => {
    const { url, requests } = await startServer((response, _, index) =>
      index < 2 ? response.socket?.resetAndDestroy() : sendJson(response, answer()),
    )
    await ask(url, { retryLimit: 2 })
    expect(requests).toHaveLength(3)
  })

  it.each([400, 401, 403, 404, 408, 429, 500, 502, 503, 504])(
    'does not follow a %d, which is an answer',
    async (status) => {
      const { url, requests } = await startServer((response) =>
        sendJson(response, {}, status, { 'retry-after': '60' }),
      )
      expect(await rejectionOf(ask(url, { retryLimit: 2 }))).toMatchObject({ status, retryAfterMs: 60_000 })
      expect(requests).toHaveLength(1)
    },
  )

  it('does not follow a failed POST, which may have minted credentials', async () => {
    const { url, requests } = await startServer((response) => response.socket?.resetAndDestroy())
    expect(await rejectionOf(ask(url, { retryLimit: 2, json: {} }))).toMatchObject({ code: 'ERR_NETWORK' })
    expect(requests).toHaveLength(1)
  })

  it('keeps the minimum interval, and spreads', async () => {
    vi.useFakeTimers({ now: 0 })
    const times: number[] = []
    const fetch = async () => {
      times.push(Date.now())
      throw new TypeError('fetch failed')
    }
    const asking = rejectionOf(
      ask('http://127.0.0.1:1', { fetch, retryLimit: 2, minRefreshIntervalMs: 1000, random: () => 0.5 }),
    )
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await asking).toMatchObject({ code: 'ERR_NETWORK' })
    expect(times).toEqual([0, 1500, 3000])
    vi.useRealTimers()
  })

  it('does not come to pass where the minimum interval leaves no time for it', async () => {
    const fetch = vi.fn(() => Promise.reject(new TypeError('fetch failed')))
    const options = { fetch, retryLimit: 2, minRefreshIntervalMs: 15_000 }
    expect(await rejectionOf(ask('http://127.0.0.1:1', options))).toMatchObject({ code: 'ERR_NETWORK' })
    expect(fetch).toHaveBeenCalledOnce()
  })
})
