import { inspect } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { describeEndpoint } from '../../src/fetch/request-errors.js'
import { resolveUrl } from '../../src/request-checks.js'
import { rejectionOf } from '../support/error-of.js'
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
    expect(resolveUrl('ice')).toMatchObject({ origin: 'https://app.example', pathname: '/room/ice' })
    vi.stubGlobal('document', { baseURI: 'https://base.example/' })
    expect(resolveUrl('ice')).toMatchObject({ origin: 'https://base.example', pathname: '/ice' })
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
      'mixed content, because browsers block an http: endpoint on an https: page; use https:',
    ],
    [
      'an http: endpoint on this device, which is no mixed content,',
      'https://app.example',
      'http://127.0.0.1:1/ice',
      'the network, or CORS (the endpoint is cross-origin)',
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
  it('rejects a relative URL without a page with ERR_REQUEST, and keeps the words of the engine', async () => {
    const error = await rejectionOf(request(`/ice-servers?token=${SECRET}`))
    expect(error).toMatchObject({
      code: 'ERR_REQUEST',
      fatal: true,
      message:
        'GET /ice-servers is not a valid request: a relative URL requires a page; pass an absolute URL',
      cause: { message: expect.stringMatching(/^TypeError: Failed to parse URL/) },
    })
    expect(inspect(error, { depth: 9 })).not.toContain(SECRET)
  })

  it.each([
    [
      'a value',
      () => ({ authorization: `Bearer ${SECRET}\u0000` }),
      'the value of the header authorization',
      /^TypeError: .*invalid header value/,
    ],
    ['a name', () => [[`${SECRET} x`, 'x']] as [string, string][], 'the name of a header', /^TypeError: /],
    ['no headers', () => `Bearer ${SECRET}` as never, 'the name of a header', /^TypeError: /],
  ])(
    'rejects a headers function that returns %s that fetch rejects, without it',
    async (_, headers, what, cause) => {
      const error = await rejectionOf(request(UNREACHABLE, { headers }))
      expect(error).toMatchObject({
        code: 'ERR_REQUEST',
        fatal: true,
        message: expect.stringContaining(`GET ${UNREACHABLE}/ was not sent: headers: fetch rejects ${what}`),
        cause: { message: expect.stringMatching(cause) },
      })
      expect(inspect(error, { depth: 9 })).not.toContain(SECRET)
    },
  )

  it('keeps the message of an engine that lacks a class as the cause', async () => {
    vi.stubGlobal('Request', undefined)
    expect(await rejectionOf(request(`${UNREACHABLE}/ice`))).toMatchObject({
      code: 'ERR_REQUEST',
      cause: { message: expect.stringMatching(/^TypeError: .*(Request|instanceof)/) },
    })
  })

  it('keeps the message of a fetch replacement that uses a class that the engine lacks', async () => {
    const fetch = () => Promise.reject(new ReferenceError('Request is not defined'))
    expect(await rejectionOf(request(`${UNREACHABLE}/ice`, { fetch }))).toMatchObject({
      code: 'ERR_NETWORK',
      cause: { message: 'ReferenceError: Request is not defined' },
    })
  })

  it('names the option for an engine without fetch', async () => {
    vi.stubGlobal('fetch', undefined)
    expect(await rejectionOf(request(`${UNREACHABLE}/ice`))).toMatchObject({
      code: 'ERR_REQUEST',
      message: `GET ${UNREACHABLE}/ice was not sent: this runtime has no fetch function; pass the option fetch`,
    })
  })
})
