import type { ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createDeferred } from '../../src/abortable.js'
import { IceServerError } from '../../src/errors.js'
import { rejectionOf } from '../support/error-of.js'
import { iceServersResponse, sendJson, startServer } from '../support/http-server.js'
import { html, request, SECRET } from '../support/request.js'

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
      (response) => sendJson(response, { ...iceServersResponse(), expiresAt: 1e9 }),
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
    const error = await rejectionOf(request(`${url}?token=${SECRET}`, { headers: { authorization: SECRET } }))
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
    expect(await rejectionOf(request(url))).toMatchObject({
      code: 'ERR_RESPONSE',
      message: `the response, after a redirect to ${origin}, is HTML, such as a login page`,
    })
  })

  it('nobody listening', async () => {
    const { url } = await startServer(() => {})
    const error = await rejectionOf(request(url.replace(/:\d+/, ':1')))
    expect(error).toMatchObject({
      code: 'ERR_NETWORK',
      message: 'the endpoint could not be reached',
    })
    expect(error.cause).toBeInstanceOf(TypeError)
  })

  it('a relative URL where there is no page', async () => {
    expect(await rejectionOf(request('/ice-servers'))).toMatchObject({ code: 'ERR_NETWORK' })
  })

  it('a header that cannot be sent, without its value', async () => {
    const error = await rejectionOf(
      request('http://127.0.0.1:1', { headers: { authorization: `${SECRET}\n\u0000` } }),
    )
    expect(error.code).toBe('ERR_NETWORK')
    expect(inspect(error, { depth: 9 })).not.toContain(SECRET)
  })

  it('a headers function that throws', async () => {
    const cause = new Error('no token')
    const headers = () => Promise.reject(cause)
    expect(await rejectionOf(request('http://127.0.0.1:1', { headers }))).toMatchObject({
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
      const error = await rejectionOf(request('http://127.0.0.1:1', { fetch: () => Promise.reject(thrown) }))
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
    expect(await rejectionOf(request(() => iceServersResponse(), { parse: fail }))).toMatchObject(expected)
    expect(await rejectionOf(request(() => iceServersResponse(), { urlFilter: fail }))).toMatchObject(
      expected,
    )
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
    expect(await rejectionOf(request(url, { timeoutMs: 150 }))).toMatchObject({ code: 'ERR_TIMEOUT' })
  })

  it('an error status whose body never ends, told at once, and the body is given up', async () => {
    const gone = createDeferred<void>()
    const { url } = await startServer((response) => {
      response.on('close', () => gone.resolve())
      response.writeHead(401).write('{')
    })
    expect(await rejectionOf(request(url))).toMatchObject({ code: 'ERR_DENIED' })
    await gone.promise
  })

  it('a function of the app’s that never settles', async () => {
    const never = () => new Promise<never>(() => {})
    expect(
      await rejectionOf(request(() => iceServersResponse(), { parse: never, timeoutMs: 20 })),
    ).toMatchObject({
      code: 'ERR_TIMEOUT',
    })
    expect(await rejectionOf(request('http://127.0.0.1:1', { headers: never, timeoutMs: 20 }))).toMatchObject(
      {
        code: 'ERR_TIMEOUT',
      },
    )
    expect(await rejectionOf(request('http://127.0.0.1:1', { fetch: never, timeoutMs: 20 }))).toMatchObject({
      code: 'ERR_TIMEOUT',
    })
  })

  it('an abort, which ends the request', async () => {
    const gone = createDeferred<void>()
    const { url } = await startServer((response) => response.on('close', () => gone.resolve()))
    const controller = new AbortController()
    const asking = request(url, {}, controller)
    setTimeout(() => controller.abort(new IceServerError('ERR_CLOSED', 'closed')), 50)
    expect(await rejectionOf(asking)).toMatchObject({ code: 'ERR_CLOSED' })
    await gone.promise
  })
})
