import { inspect } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { describeEndpoint, resolveUrl } from '../../src/fetch/request-errors.js'
import { rejectionOf } from '../support/error-of.js'
import { iceServersResponse } from '../support/http-server.js'
import { request, SECRET } from '../support/request.js'

const UNREACHABLE = 'http://127.0.0.1:1'
const failToFetch = () => Promise.reject(new TypeError('Failed to fetch'))

afterEach(() => void vi.unstubAllGlobals())

describe('describeEndpoint', () => {
  it('returns the method, origin and path, without user info, query and fragment', () => {
    const url = `https://user:${SECRET}@app.example/ice?token=${SECRET}#${SECRET}`
    expect(describeEndpoint(url, 'get')).toBe('GET https://app.example/ice')
    expect(describeEndpoint(new URL(url), 'POST')).toBe('POST https://app.example/ice')
    expect(describeEndpoint(() => url, 'GET')).toBe('the endpoint function')
  })

  it('returns the path of a URL that cannot be resolved, without query and fragment', () => {
    expect(describeEndpoint(`/ice?token=${SECRET}`, 'GET')).toBe('GET /ice')
    expect(describeEndpoint(`/ice#${SECRET}`, 'GET')).toBe('GET /ice')
  })
})

describe('resolveUrl', () => {
  it('resolves a relative URL against the base URL of the page', () => {
    vi.stubGlobal('location', new URL('https://app.example/room/'))
    expect(resolveUrl('ice')?.href).toBe('https://app.example/room/ice')
    vi.stubGlobal('document', { baseURI: 'https://base.example/' })
    expect(resolveUrl('ice')?.href).toBe('https://base.example/ice')
  })

  it('returns undefined for a relative URL in Node and in a blob: worker', () => {
    expect(resolveUrl('/ice')).toBeUndefined()
    vi.stubGlobal('location', new URL('blob:https://app.example/4f1c'))
    expect(resolveUrl('/ice')).toBeUndefined()
    expect(resolveUrl('https://app.example/ice')?.pathname).toBe('/ice')
  })
})

describe('requestResponse without a response', () => {
  it.each([
    ['a same-origin endpoint', 'https://app.example', 'https://app.example/ice', 'the network'],
    [
      'a cross-origin endpoint',
      'https://app.example',
      'https://api.example/ice',
      'the network, or CORS (the endpoint is cross-origin)',
    ],
    [
      'an http: endpoint on an http: page',
      'http://app.example',
      'http://api.example/ice',
      'the network, or CORS (the endpoint is cross-origin)',
    ],
    [
      'an http: endpoint on an https: page',
      'https://app.example',
      'http://api.example/ice',
      'the network, or CORS (the endpoint is cross-origin), or mixed content (http: on an https: page)',
    ],
  ])('names the possible causes for %s', async (_, page, endpoint, causes) => {
    vi.stubGlobal('location', new URL(page))
    expect(await rejectionOf(request(`${endpoint}?token=${SECRET}`, { fetch: failToFetch }))).toMatchObject({
      code: 'ERR_NETWORK',
      message: `GET ${endpoint} failed before any response: ${causes}`,
      cause: { message: expect.stringMatching(/^TypeError/) },
    })
  })

  it('reports an error of the global fetch that ky does not recognize like a network error', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new Error(SECRET)))
    const error = await rejectionOf(request(`${UNREACHABLE}/ice`))
    expect(error.message).toBe(`GET ${UNREACHABLE}/ice failed before any response: the network`)
    expect(inspect(error, { depth: 9 })).not.toContain(SECRET)
  })

  it('rejects with ERR_NETWORK if a fetch option throws, without the thrown value', async () => {
    for (const thrown of [
      new Error(SECRET),
      SECRET,
      undefined,
      Object.assign(new Error(SECRET), { name: 'HTTPError' }),
    ]) {
      const error = await rejectionOf(request(`${UNREACHABLE}/ice`, { fetch: () => Promise.reject(thrown) }))
      expect(error).toMatchObject({
        code: 'ERR_NETWORK',
        message: `GET ${UNREACHABLE}/ice failed: the fetch function threw`,
      })
      expect(inspect(error, { depth: 9 })).not.toContain(SECRET)
    }
  })
})

describe('requestResponse with an invalid request', () => {
  it.each([
    ['relative', '/ice-servers', '/ice-servers'],
    ['invalid', 'http://', 'an invalid URL'],
  ])('rejects a URL that is %s without a page', async (_, url, named) => {
    expect(await rejectionOf(request(`${url}?token=${SECRET}`))).toMatchObject({
      code: 'ERR_NETWORK',
      message: `GET ${named} is not a valid request: the URL is invalid, or relative without a page; pass an absolute URL`,
    })
  })

  it.each([
    ['a header value', { headers: { authorization: `${SECRET}\n\u0000` } }],
    ['a header name', { headers: { [`${SECRET} x`]: 'x' } }],
    ['a string', { headers: () => `Bearer ${SECRET}` as never }],
  ])(
    'names the options to check for headers that contain %s that cannot be sent, and not the value',
    async (_, options) => {
      const error = await rejectionOf(request(UNREACHABLE, options))
      expect(error).toMatchObject({
        code: 'ERR_NETWORK',
        message: `GET ${UNREACHABLE}/ is not a valid request: check the URL and the options method, headers and json`,
      })
      expect(inspect(error, { depth: 9 })).not.toContain(SECRET)
    },
  )

  it.each([
    ['method', { method: 'TRACE' }],
    ['json', { json: { token: SECRET }, method: 'GET' }],
  ])('names the options to check for an invalid combination with %s', async (_, options) => {
    const error = await rejectionOf(request(UNREACHABLE, options))
    expect(error.code).toBe('ERR_NETWORK')
    expect(error.message).toMatch(
      /^(GET|TRACE) http:\/\/127.0.0.1:1\/ is not a valid request: check the URL and the options method, headers and json$/,
    )
    expect(inspect(error, { depth: 9 })).not.toContain(SECRET)
  })

  it('does not repeat the credentials of an invalid URL', async () => {
    const error = await rejectionOf(request(`http://user:${SECRET}@127.0.0.1:99999/ice`))
    expect(inspect(error, { depth: 9 })).not.toContain(SECRET)
  })

  it('does not repeat the credentials of a URL', async () => {
    const error = await rejectionOf(request(`http://user:${SECRET}@127.0.0.1:1/ice`))
    expect(error.message).toMatch(/^GET http:\/\/127.0.0.1:1\/ice is not a valid request/)
    expect(inspect(error, { depth: 9 })).not.toContain(SECRET)
  })
})

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

  it('reads the status of an error of axios, whose headers are a plain object, and drops its request', async () => {
    const config = { headers: { authorization: SECRET } }
    const response = { status: 401, headers: { 'retry-after': '5' }, config }
    const error = Object.assign(new Error('Request failed'), { name: 'AxiosError', config, response })
    const rejection = await rejectionOf(request(() => Promise.reject(error)))
    expect(rejection).toMatchObject({ code: 'ERR_DENIED', status: 401 })
    expect(inspect(rejection, { depth: 9 })).not.toContain(SECRET)
  })

  it.each([
    ['no status', {}],
    ['a status that is not a number', { status: '401' }],
  ])('rejects with an error whose response has %s as the cause', async (_, response) => {
    const cause = Object.assign(new Error('Request failed'), { response })
    expect(await rejectionOf(request(() => Promise.reject(cause)))).toMatchObject({
      message: 'the endpoint function threw',
      cause,
    })
  })

  it('rejects a Response whose body has been read before', async () => {
    const used = async () => {
      const response = new Response('{}')
      await response.text()
      return response
    }
    expect(await rejectionOf(request(used))).toMatchObject({
      code: 'ERR_RESPONSE',
      message:
        'the endpoint function returned a Response whose body cannot be read: has it been read before?',
    })
  })
})
