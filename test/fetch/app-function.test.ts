import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { rejectionOf } from '../support/error-of.js'
import { iceServersResponse } from '../support/http-server.js'
import { request, SECRET } from '../support/request.js'

const UNREACHABLE = 'http://127.0.0.1:1'

describe('callAppFunction', () => {
  it('rejects with the error of a headers function as the cause', async () => {
    const cause = new Error('no token')
    const headers = () => Promise.reject(cause)
    expect(await rejectionOf(request(UNREACHABLE, { headers }))).toMatchObject({
      code: 'ERR_NETWORK',
      message: 'the headers function threw',
      cause,
    })
  })

  it.each(['parse', 'urlFilter'])('rejects with the error of a %s function as the cause', async (name) => {
    const cause = new Error('unexpected')
    const fail = () => {
      throw cause
    }
    expect(await rejectionOf(request(() => iceServersResponse(), { [name]: fail }))).toMatchObject({
      code: 'ERR_RESPONSE',
      message: `the ${name} function threw`,
      cause,
    })
  })

  it('replaces the network error of ky, which contains the request, by the names and codes of its cause', async () => {
    const cause = Object.assign(new TypeError(`fetch failed: ${SECRET}`), {
      code: 'ECONNRESET',
      data: SECRET,
    })
    const error = Object.assign(new Error(SECRET, { cause }), { name: 'NetworkError', request: SECRET })
    const rejection = await rejectionOf(request(() => Promise.reject(error)))
    expect(rejection).toMatchObject({
      code: 'ERR_NETWORK',
      message: 'the endpoint function threw a network error',
      cause: new Error('TypeError ECONNRESET'),
    })
    expect(inspect(rejection, { depth: 9 })).not.toContain(SECRET)
  })

  const withMembers = (members: object, name = 'Error') =>
    Object.assign(new Error('Request failed'), { name }, members)
  const config = { headers: { authorization: SECRET } }
  const retryAfter = { 'Retry-After': '5' }

  it.each<[string, Error | Response, object]>([
    [
      'axios',
      withMembers({ config, response: { status: 401, headers: retryAfter, config } }),
      { status: 401 },
    ],
    [
      'ky',
      withMembers(
        { response: new Response('', { status: 503, headers: retryAfter }), request: config },
        'HTTPError',
      ),
      { status: 503, retryAfterMs: 5000 },
    ],
    [
      'got',
      withMembers({ response: { statusCode: 503, headers: retryAfter }, options: config }),
      { status: 503, retryAfterMs: 5000 },
    ],
    [
      'superagent',
      withMembers({ status: 429, response: { headers: retryAfter, req: config } }),
      { status: 429, retryAfterMs: 5000 },
    ],
    [
      'http-errors',
      withMembers({ statusCode: 503, headers: { 'retry-after': 5 } }),
      { status: 503, retryAfterMs: 5000 },
    ],
    ['ofetch', withMembers({ status: 403, statusCode: 403, request: config }), { status: 403 }],
    [
      'a library that throws the Response',
      new Response('', { status: 503, headers: retryAfter }),
      { status: 503, retryAfterMs: 5000 },
    ],
  ])(
    'reads the status and Retry-After of an error of %s, and drops its request',
    async (_, thrown, expected) => {
      const rejection = await rejectionOf(request(() => Promise.reject(thrown)))
      const isDenied = 'status' in expected && (expected.status === 401 || expected.status === 403)
      expect(rejection).toMatchObject({
        code: isDenied ? 'ERR_DENIED' : 'ERR_HTTP',
        fatal: isDenied,
        ...expected,
      })
      expect(rejection.cause).toBeUndefined()
      expect(inspect(rejection, { depth: 9 })).not.toContain(SECRET)
    },
  )

  it.each([
    [
      'a status of 0, as that of XMLHttpRequest',
      { status: 0, config },
      'ERR_NETWORK',
      'threw a network error',
    ],
    ['no response', { config, request: {}, code: 'ERR_BAD_OPTION' }, 'ERR_NETWORK', 'threw'],
    ['a response without a status', { response: { config } }, 'ERR_NETWORK', 'threw'],
    ['a status that is not a number', { response: { status: '401' }, config }, 'ERR_NETWORK', 'threw'],
    [
      'a status of 200',
      { response: { status: 200 }, config },
      'ERR_RESPONSE',
      'threw an error although the backend responded 200: is the body JSON?',
    ],
  ])(
    'replaces an error of an HTTP library with %s, which contains the request',
    async (_, members, code, message) => {
      const rejection = await rejectionOf(request(() => Promise.reject(withMembers(members, 'AxiosError'))))
      expect(rejection).toMatchObject({ code, message: `the endpoint function ${message}`, fatal: false })
      expect((rejection.cause as Error).message).toMatch(/^AxiosError/)
      expect(inspect(rejection, { depth: 9 })).not.toContain(SECRET)
    },
  )

  it.each([
    ['no HTTP status', { status: 5, statusCode: 'error' }],
    [
      'members that throw',
      {
        get response() {
          throw new Error('gone')
        },
      },
    ],
  ])('rejects with an error of the app that has %s as the cause', async (_, members) => {
    const cause = Object.defineProperties(new Error('no session'), Object.getOwnPropertyDescriptors(members))
    const rejection = await rejectionOf(request(() => Promise.reject(cause)))
    expect(rejection).toMatchObject({ code: 'ERR_NETWORK', message: 'the endpoint function threw' })
    expect(rejection.cause).toBe(cause)
  })
})

describe('requestResponse with a Response that cannot be read', () => {
  it.each<[string, () => Promise<Response>]>([
    [
      'has already been read',
      async () => {
        const response = new Response('{}')
        await response.text()
        return response
      },
    ],
    [
      'is locked by a reader',
      async () => {
        const response = new Response('{}')
        response.body?.getReader()
        return response
      },
    ],
  ])('rejects a Response whose body %s, and does not retry', async (_, endpoint) => {
    expect(await rejectionOf(request(endpoint))).toMatchObject({
      code: 'ERR_RESPONSE',
      fatal: true,
      message:
        'the endpoint function returned a Response whose body has already been read or is locked: return response.clone(), or the parsed JSON',
    })
  })

  it.each([
    [
      'opaque',
      'ERR_RESPONSE',
      /returned an opaque response, which a page cannot read: remove mode: 'no-cors'/,
    ],
    ['opaqueredirect', 'ERR_RESPONSE', /returned a redirect that was not followed/],
    ['error', 'ERR_NETWORK', /returned a network error in place of a response .*service worker/],
  ])('names a response of the type %s, whose status is 0', async (type, code, message) => {
    const response = Object.defineProperty(Response.error(), 'type', { value: type })
    const rejection = await rejectionOf(request(() => response))
    expect(rejection).toMatchObject({ code, message: expect.stringMatching(message) })
    expect(rejection.message).not.toMatch(/\b0\b/)
  })
})
