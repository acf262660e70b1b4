import type { ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createDeferred } from '../../src/abortable.js'
import { IceServerError } from '../../src/errors.js'
import { rejectionOf } from '../support/error-of.js'
import { iceServersResponse, sendJson, startServer } from '../support/http-server.js'
import { html, request, SECRET } from '../support/request.js'

const HTML = 'HTML: a login page, or the index.html of a single-page app (is the route missing?)'
const UNREACHABLE = 'http://127.0.0.1:1'

/** Fails if the error contains a value that was sent or received. */
function expectNoSecret(error: unknown): void {
  const parts = [inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error), `${error}`]
  expect([...parts, (error as Error).stack].join()).not.toContain('secret-')
}

describe('fetchConfiguration', () => {
  it.each<[string, (response: ServerResponse) => unknown, object, string]>([
    [
      'status 401',
      (response) => sendJson(response, {}, 401),
      { code: 'ERR_DENIED', status: 401, fatal: true },
      ' responded 401: call refresh() after sign-in',
    ],
    [
      'status 403',
      (response) => sendJson(response, {}, 403),
      { code: 'ERR_DENIED', status: 403, fatal: true },
      ' responded 403',
    ],
    [
      'status 404',
      (response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<!doctype html>'),
      { code: 'ERR_HTTP', status: 404, fatal: false },
      ' responded 404',
    ],
    [
      'status 500',
      (response) => sendJson(response, {}, 500),
      { code: 'ERR_HTTP', status: 500 },
      ' responded 500',
    ],
    [
      'status 429 with seconds',
      (response) => sendJson(response, {}, 429, { 'retry-after': '7' }),
      { code: 'ERR_HTTP', status: 429, retryAfterMs: 7000 },
      ' responded 429',
    ],
    [
      'status 503 with a date by the server’s clock',
      (response) =>
        sendJson(response, {}, 503, {
          date: 'Tue, 24 Nov 2026 10:00:00 GMT',
          'retry-after': 'Tue, 24 Nov 2026 10:00:30 GMT',
        }),
      { code: 'ERR_HTTP', status: 503, retryAfterMs: 30_000 },
      ' responded 503',
    ],
    [
      'status 429 with an invalid Retry-After',
      (response) => sendJson(response, {}, 429, { 'retry-after': 'soon' }),
      { code: 'ERR_HTTP', retryAfterMs: undefined },
      ' responded 429',
    ],
    [
      'status 204',
      (response) => response.writeHead(204).end(),
      { code: 'ERR_RESPONSE', status: 204 },
      ' returned an empty body',
    ],
    ['an empty body', (response) => response.end(' \n'), { code: 'ERR_RESPONSE' }, ' returned an empty body'],
    ['HTML', html, { code: 'ERR_RESPONSE' }, ` returned ${HTML}`],
    [
      'HTML after an empty line',
      (response) => response.end('\r\n <html>'),
      { code: 'ERR_RESPONSE' },
      ` returned ${HTML}`,
    ],
    [
      'a body that is not JSON',
      (response) => response.end('{"iceServers":[secret-credential, <b>'),
      { code: 'ERR_RESPONSE' },
      ' returned a body that is not JSON',
    ],
    [
      'more than 256 KiB',
      (response) => sendJson(response, [{ urls: 'stun:s.org', filler: 'x'.repeat(256 * 1024) }]),
      { code: 'ERR_RESPONSE' },
      ' returned more than 256 KiB',
    ],
    [
      'a truncated body',
      (response) => {
        response.writeHead(200, { 'content-length': 1000 }).write('{"iceServers":')
        setTimeout(() => response.destroy(), 20)
      },
      { code: 'ERR_NETWORK', cause: expect.any(Error) },
      ': the connection closed while reading the response',
    ],
    [
      'a connection reset',
      (response) => response.socket?.resetAndDestroy(),
      { code: 'ERR_NETWORK' },
      ' failed before any response: the network',
    ],
  ])('names the endpoint without its query, and no secret, for %s', async (_, handler, expected, message) => {
    const { url, requests } = await startServer(handler)
    const error = await rejectionOf(request(`${url}?token=${SECRET}`, { headers: { authorization: SECRET } }))
    expect(error).toBeInstanceOf(IceServerError)
    expect(error).toMatchObject({ ...expected, message: `GET ${url}${message}` })
    expect(requests).toHaveLength(1)
    expectNoSecret(error)
  })

  it.each<[string, unknown, object]>([
    [
      'an unknown shape',
      { token: 'secret-credential' },
      { code: 'ERR_RESPONSE', message: expect.stringContaining('an object with the key "token"') },
    ],
    [
      'an invalid server',
      [{ urls: 'turn:t', username: 'secret-credential' }],
      { code: 'ERR_ICE_SERVER', message: 'iceServers[0].credential: required for TURN URLs' },
    ],
    ['an expiry in the past', { ...iceServersResponse(), expiresAt: 1e9 }, { code: 'ERR_EXPIRED' }],
  ])('throws an error without a secret for %s', async (_, body, expected) => {
    const { url } = await startServer((response) => sendJson(response, body))
    const error = await rejectionOf(request(url))
    expect(error).toMatchObject(expected)
    expectNoSecret(error)
  })

  it('names the origin of a login page that the endpoint redirects to', async () => {
    const { url, origin } = await startServer((response, { url }) =>
      url.startsWith('/login')
        ? html(response)
        : response.writeHead(302, { location: `/login?next=${SECRET}` }).end(),
    )
    expect(await rejectionOf(request(url))).toMatchObject({
      code: 'ERR_RESPONSE',
      message: `GET ${url} returned ${HTML} after a redirect to ${origin}`,
    })
  })

  it('rejects with ERR_NETWORK and the cause if no server listens', async () => {
    const error = await rejectionOf(request(`${UNREACHABLE}/ice-servers`))
    expect(error).toMatchObject({
      code: 'ERR_NETWORK',
      message: `GET ${UNREACHABLE}/ice-servers failed before any response: the network`,
    })
    expect(error.cause).toMatchObject({ message: expect.stringMatching(/^TypeError/) })
  })

  it('rejects an error status at once, and cancels its body that never ends', async () => {
    const closed = createDeferred<void>()
    const { url } = await startServer((response) => {
      response.on('close', () => closed.resolve())
      response.writeHead(401).write('{')
    })
    expect(await rejectionOf(request(url))).toMatchObject({ code: 'ERR_DENIED' })
    await closed.promise
  })

  it.each<[string, (response: ServerResponse) => unknown]>([
    ['a response that never comes', () => {}],
    ['a body that never ends', (response) => void response.write('{"iceServers":')],
    [
      'a body that arrives byte by byte',
      (response) => {
        const interval = setInterval(() => response.write(' '), 5)
        response.on('close', () => clearInterval(interval))
      },
    ],
  ])('rejects with ERR_TIMEOUT for %s', async (_, handler) => {
    const { url } = await startServer(handler)
    expect(await rejectionOf(request(url, { timeoutMs: 150 }))).toMatchObject({
      code: 'ERR_TIMEOUT',
      message: `GET ${url}: no complete response within 150 ms`,
    })
  })

  it('rejects with ERR_TIMEOUT if a function of the app never settles', async () => {
    const never = () => new Promise<never>(() => {})
    const requests = [
      request(() => iceServersResponse(), { parse: never, timeoutMs: 20 }),
      request(UNREACHABLE, { headers: never, timeoutMs: 20 }),
      request(UNREACHABLE, { fetch: never, timeoutMs: 20 }),
    ]
    for (const pending of requests.map(rejectionOf)) {
      expect(await pending).toMatchObject({ code: 'ERR_TIMEOUT' })
    }
  })

  it('aborts the request when its controller aborts', async () => {
    const closed = createDeferred<void>()
    const { url } = await startServer((response) => response.on('close', () => closed.resolve()))
    const controller = new AbortController()
    const pending = request(url, {}, controller)
    setTimeout(() => controller.abort(new IceServerError('ERR_CLOSED', 'closed')), 50)
    expect(await rejectionOf(pending)).toMatchObject({ code: 'ERR_CLOSED' })
    await closed.promise
  })
})
