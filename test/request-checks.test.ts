import { describe, expect, it } from 'vitest'
import { IceServerProvider, type IceServerProviderOptions } from '../src/index.js'
import { errorOf } from './support/error-of.js'
import { SECRET } from './support/request.js'

const create = (options: IceServerProviderOptions, endpoint: string | URL = 'https://app.example/ice') =>
  new IceServerProvider(endpoint, options)

/** Fails unless the constructor throws a `TypeError` with this message and without the secret. */
function expectTypeError(call: () => unknown, message: string): void {
  const error = errorOf(call)
  expect(error).toBeInstanceOf(TypeError)
  expect(error.message).toBe(`IceServerProvider: ${message}`)
  expect(`${error.stack}`).not.toContain(SECRET)
}

describe('new IceServerProvider with a mistake in the options', () => {
  it.each([
    ['http://', 'endpoint must be a valid URL, got a string'],
    [`http://user:${SECRET}@127.0.0.1:99999/ice`, 'endpoint must be a valid URL, got a string'],
    [
      `https://user:${SECRET}@app.example/ice`,
      'fetch rejects an endpoint with a username or password; pass headers instead',
    ],
    ['turn:turn.example:3478', 'endpoint must be the URL of a backend, got a turn: URL'],
    ['wss://app.example/ice', 'endpoint must be the URL of a backend, got a wss: URL'],
  ])('rejects the endpoint %s', (endpoint, message) => {
    expectTypeError(() => create({}, endpoint), message)
  })

  it.each([
    '/ice',
    'ice',
    '../ice?room=5',
    'https://app.example',
    'capacitor://localhost/ice',
    'data:application/json,[]',
  ])('accepts the endpoint %s', (endpoint) => {
    expect(create({}, endpoint).state).toBe('idle')
  })

  it.each<[string, IceServerProviderOptions, string]>([
    [
      'json with GET',
      { json: { token: SECRET }, method: 'get' },
      "json cannot be sent with GET: remove method, or pass 'POST'",
    ],
    [
      'json with HEAD',
      { json: 1, method: 'HEAD' },
      "json cannot be sent with HEAD: remove method, or pass 'POST'",
    ],
    ['a BigInt in json', { json: { room: 5n } }, 'json must be a value that JSON can contain, got an object'],
    ['a function as json', { json: () => {} }, 'json must be a value that JSON can contain, got a function'],
    [
      'a method that fetch forbids',
      { method: 'TRACE' },
      'method must be an HTTP method that fetch allows, got a string',
    ],
    [
      'a method with a space',
      { method: 'GET ' },
      'method must be an HTTP method that fetch allows, got a string',
    ],
    [
      'credentials: true',
      { credentials: true as never },
      "credentials must be 'omit' or 'same-origin' or 'include', got true",
    ],
    [
      'a header value with a line break',
      { headers: { authorization: `${SECRET}\n\u0000` } },
      'headers: fetch rejects the value of the header authorization',
    ],
    [
      'a header value beyond Latin-1',
      { headers: [['x-user', `${SECRET}\u20ac`]] },
      'headers: fetch rejects the value of the header x-user',
    ],
    [
      'a header name with a space',
      { headers: { [`${SECRET} x`]: 'x' } },
      'headers: fetch rejects the name of a header, or the form of headers',
    ],
    [
      'a list that is not of pairs',
      { headers: [['x']] as never },
      'headers: fetch rejects the name of a header, or the form of headers',
    ],
  ])('rejects %s', (_, options, message) => {
    expectTypeError(() => create(options), message)
  })

  it('accepts what fetch accepts', () => {
    const headers = [
      { authorization: 'x' },
      [['a', 'b']] as [string, string][],
      new Headers({ a: 'b' }),
      async () => ({}),
    ]
    for (const option of headers) expect(create({ headers: option }).state).toBe('idle')
    expect(create({ json: null, method: 'patch' }).state).toBe('idle')
  })
})
