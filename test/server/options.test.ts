import { describe, expect, it } from 'vitest'
import {
  createCloudflareTurn,
  createIceServersHandler,
  createTurnKeys,
  createTurnRestCredentials,
  fetchTURNServers,
} from '../../src/server/index.js'
import { errorOf, rejectionOf } from '../support/error-of.js'
import { HOUR } from '../support/time.js'

const key = { keyId: 'key-id', keySecret: 'hidden' }
const api = { fetch: async () => Response.json({}), timeoutMs: 1000 }

/** Every function of the entry that has options, with valid values for all of them. */
const FACTORIES: readonly [name: string, create: (options: never) => unknown, valid: object][] = [
  [
    'createIceServersHandler',
    createIceServersHandler,
    {
      source: () => [],
      authorize: () => 'alice',
      allowedOrigins: ['https://app.example.org', 'http://localhost:5173'],
      ttl: 600,
      rateLimit: {
        limit: 1,
        windowMs: 30 * 24 * HOUR,
        store: { increment: () => ({ count: 1, resetAt: 0 }) },
      },
      timeoutMs: 2 ** 31 - 1,
      onError: () => {},
    },
  ],
  [
    'createCloudflareTurn',
    createCloudflareTurn,
    {
      ...key,
      ...api,
      ttl: 600,
      path: 'generate',
      urlFilter: (urls: unknown) => urls,
      baseUrl: 'https://a.example',
    },
  ],
  [
    'createTurnKeys',
    createTurnKeys,
    { accountId: 'a', apiToken: 'hidden', baseUrl: 'https://a.example', ...api },
  ],
  [
    'createTurnRestCredentials',
    createTurnRestCredentials,
    { secret: 'hidden', urls: 'turn:t.org', ttl: 600, now: Date.now },
  ],
]

describe.each(FACTORIES)('%s', (owner, create, valid) => {
  const errorWith = (options: unknown) => errorOf(() => create(options as never))

  it('accepts every documented option', () => {
    expect(create(valid as never)).toBeTruthy()
  })

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a string', 'hidden'],
    ['an array', [1]],
  ])('throws TypeError when the options are %s', (received, options) => {
    expect(errorWith(options)).toMatchObject({
      name: 'TypeError',
      message: `${owner}: options must be an object, got ${received}`,
    })
  })

  it('throws TypeError with the nearest known option when one is unknown', () => {
    const [known = ''] = Object.keys(valid)
    expect(errorWith({ ...valid, [`${known}s`]: 'hidden' })).toMatchObject({
      name: 'TypeError',
      message: `${owner}: unknown option ${known}s (did you mean ${known}?)`,
    })
  })
})

describe('createIceServersHandler: options', () => {
  const valid = { source: () => [], authorize: () => 'alice' }
  const errorWith = (options: object) =>
    errorOf(() => createIceServersHandler({ ...valid, ...options } as never))
  const origin = 'an origin such as https://app.example.org, without a path or wildcard'
  const source = 'a function or an object with generateCredentials()'

  it.each<[object, string]>([
    [{ authorize: undefined }, 'authorize must be a function, got undefined'],
    [{ authorize: 'alice' }, 'authorize must be a function, got a string'],
    [{ source: undefined }, `source must be ${source}, got undefined`],
    [{ source: [] }, `source must be ${source}, got an empty array`],
    [{ source: {} }, `source must be ${source}, got an object`],
    [{ source: 'hidden' }, `source must be ${source}, got a string`],
    [{ source: [() => [], null] }, `source[1] must be ${source}, got null`],
    [
      { allowedOrigins: 'https://app.example.org' },
      'allowedOrigins must be an array of origins, got a string',
    ],
    [{ allowedOrigins: ['*'] }, `allowedOrigins[0] must be ${origin}, got "*"`],
    [{ allowedOrigins: ['null'] }, `allowedOrigins[0] must be ${origin}, got "null"`],
    [{ allowedOrigins: ['a.example'] }, `allowedOrigins[0] must be ${origin}, got "a.example"`],
    [
      { allowedOrigins: ['https://a.example', 'https://a.example/'] },
      `allowedOrigins[1] must be ${origin}, got "https://a.example/"`,
    ],
    [
      { allowedOrigins: ['https://A.example'] },
      `allowedOrigins[0] must be ${origin}, got "https://A.example"`,
    ],
    [
      { allowedOrigins: [''] },
      `allowedOrigins[0] must be ${origin}, got an empty string (is an environment variable missing?)`,
    ],
    [
      { allowedOrigins: [undefined] },
      `allowedOrigins[0] must be ${origin}, got undefined (is an environment variable missing?)`,
    ],
    [{ rateLimit: 5 }, 'rateLimit: options must be an object, got 5'],
    [
      { rateLimit: { limit: 1, windowsMs: 1000 } },
      'rateLimit: unknown option windowsMs (did you mean windowMs?)',
    ],
  ])('throws TypeError for %o', (options, message) => {
    expect(errorWith(options)).toMatchObject({
      name: 'TypeError',
      message: `createIceServersHandler: ${message}`,
    })
  })

  it.each<[object, string]>([
    [{ timeoutMs: 0 }, 'timeoutMs must be an integer from 1 to 2147483647, got 0'],
    [{ timeoutMs: Number.NaN }, 'timeoutMs must be an integer from 1 to 2147483647, got NaN'],
    [{ timeoutMs: 2 ** 31 }, 'timeoutMs must be an integer from 1 to 2147483647, got 2147483648'],
    [{ ttl: 172_801 }, 'ttl must be an integer from 1 to 172800, got 172801'],
    [
      { rateLimit: { limit: Number.NaN, windowMs: 1000 } },
      'rateLimit.limit must be an integer from 1 to 9007199254740991, got NaN',
    ],
    [
      { rateLimit: { windowMs: 1000 } },
      'rateLimit.limit must be an integer from 1 to 9007199254740991, got undefined',
    ],
    [
      { rateLimit: { limit: 5, windowMs: 0.5 } },
      'rateLimit.windowMs must be an integer from 1 to 9007199254740991, got 0.5',
    ],
  ])('throws RangeError for %o', (options, message) => {
    expect(errorWith(options)).toMatchObject({
      name: 'RangeError',
      message: `createIceServersHandler: ${message}`,
    })
  })
})

const idOf = (received: string) => `must consist of letters, digits, - and _, got ${received}`
const missing = (received: string) =>
  `must be a non-empty string, got ${received} (is an environment variable missing?)`

describe('createCloudflareTurn and fetchTURNServers: options', () => {
  it.each<[object, string]>([
    [{ keySecret: undefined }, `keySecret ${missing('undefined')}`],
    [{ keySecret: '' }, `keySecret ${missing('an empty string')}`],
    [{ keySecret: ['hidden'] }, 'keySecret must be a non-empty string, got an array'],
    [{ keyId: undefined }, `keyId ${idOf('undefined (is an environment variable missing?)')}`],
    [{ keyId: '' }, `keyId ${idOf('an empty string (is an environment variable missing?)')}`],
    [{ keyId: 5 }, `keyId ${idOf('5')}`],
    ...['../accounts', '..', 'a/b', 'a b', 'a%2fb', 'a?b', 'a#b', 'x'.repeat(101)].map(
      (keyId): [object, string] => [{ keyId }, `keyId ${idOf('a string')}`],
    ),
  ])('throw or reject with TypeError for %o', async (options, message) => {
    const config = { ...key, ...options }
    expect(errorOf(() => createCloudflareTurn(config))).toMatchObject({
      name: 'TypeError',
      message: `createCloudflareTurn: ${message}`,
    })
    expect(await rejectionOf(fetchTURNServers(config))).toMatchObject({
      name: 'TypeError',
      message: `fetchTURNServers: ${message}`,
    })
  })
})

describe('fetchTURNServers: options', () => {
  it.each<[unknown, string]>([
    [undefined, 'options must be an object, got undefined'],
    [{ ...key, keyID: 'a' }, 'unknown option keyID (did you mean keyId?)'],
    [
      { ...key, baseUrl: 'https://a.example' },
      'unknown option baseUrl; known options: keyId, keySecret, ttl, fetch, timeoutMs',
    ],
  ])('rejects with TypeError for %o', async (config, message) => {
    expect(await rejectionOf(fetchTURNServers(config as never))).toMatchObject({
      name: 'TypeError',
      message: `fetchTURNServers: ${message}`,
    })
  })
})

describe('createTurnKeys: options', () => {
  it.each([
    [undefined, missing('undefined')],
    ['', missing('an empty string')],
    [5, 'must be a non-empty string, got 5'],
  ])('throws TypeError when apiToken is %j', (apiToken, message) => {
    expect(errorOf(() => createTurnKeys({ accountId: 'a', apiToken: apiToken as string }))).toMatchObject({
      name: 'TypeError',
      message: `createTurnKeys: apiToken ${message}`,
    })
  })
})

describe('createTurnRestCredentials: options', () => {
  const urlsExpected = 'urls must be a TURN URL or an array of TURN URLs'

  it.each<[object, string]>([
    [{ secret: undefined }, `secret ${missing('undefined')}`],
    [{ secret: '' }, `secret ${missing('an empty string')}`],
    [{ secret: [] }, `secret ${missing('undefined')}`],
    [{ secret: 5 }, 'secret must be a non-empty string, got 5'],
    [{ urls: undefined }, `${urlsExpected}, got undefined (is an environment variable missing?)`],
    [{ urls: '' }, `${urlsExpected}, got an empty string (is an environment variable missing?)`],
    [{ urls: 5 }, `${urlsExpected}, got 5`],
  ])('throws TypeError for %o', (options, message) => {
    const given = { secret: 'hidden', urls: 'turn:t.org', ...options }
    expect(errorOf(() => createTurnRestCredentials(given))).toMatchObject({
      name: 'TypeError',
      message: `createTurnRestCredentials: ${message}`,
    })
  })

  it.each([
    [[], 'urls: '],
    ['http://t.org', 'urls: '],
    [['turn:t.org', 'turn:t.org:0'], 'urls[1]: '],
    [['turn:t.org', ''], 'urls[1]: '],
  ])('throws TypeError with the place when the URLs are %j', (urls, place) => {
    const error = errorOf(() => createTurnRestCredentials({ secret: 'hidden', urls }))
    expect(error.name).toBe('TypeError')
    expect(error.message.slice(0, 27 + place.length)).toBe(`createTurnRestCredentials: ${place}`)
    expect(error.message.length).toBeGreaterThan(27 + place.length)
  })

  it('throws RangeError for an invalid ttl', () => {
    const options = { secret: 'hidden', urls: 'turn:t.org', ttl: 172_801 }
    expect(errorOf(() => createTurnRestCredentials(options))).toMatchObject({
      name: 'RangeError',
      message: 'createTurnRestCredentials: ttl must be an integer from 1 to 172800, got 172801',
    })
  })
})
