import { describe, expect, it } from 'vitest'
import {
  createCloudflareTurn,
  createIceServersHandler,
  createTurnKeys,
  createTurnRestCredentials,
} from '../../src/server/index.js'
import { errorOf } from '../support/error-of.js'
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
      allowedHeaders: ['baggage'],
      ttl: 600,
      rateLimit: {
        limit: 1,
        windowMs: 30 * 24 * HOUR,
        key: () => 'key',
        store: { increment: () => ({ count: 1, resetAt: 0 }) },
        onStoreError: 'allow',
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
    { secret: 'hidden', urls: 'turn:t.org', ttl: 600, separator: ':', afterExpiry: 'keep', now: Date.now },
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
      'allowedOrigins must be an array of origins or a function, got a string',
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
    [{ allowedOrigins: null }, 'allowedOrigins must be an array of origins or a function, got null'],
    [
      { allowedOrigins: ['https://*.example.org'] },
      `allowedOrigins[0] must be ${origin}, got "https://*.example.org"`,
    ],
    [{ allowedOrigin: [] }, 'unknown option allowedOrigin (did you mean allowedOrigins?)'],
    [{ allowedHeaders: 'baggage' }, 'allowedHeaders must be an array of names, got a string'],
    [
      { allowedHeaders: ['baggage', '*'] },
      'allowedHeaders[1] must be the name of a header, without a wildcard, got a string',
    ],
    [
      { allowedHeaders: ['a, b'] },
      'allowedHeaders[0] must be the name of a header, without a wildcard, got a string',
    ],
    [{ onError: 5 }, 'onError must be a function, got 5'],
    [{ onError: null }, 'onError must be a function, got null'],
    [{ rateLimit: 5 }, 'rateLimit must be an object, got 5'],
    ...[null, false, 0].map((rateLimit): [object, string] => [
      { rateLimit },
      `rateLimit must be an object, got ${rateLimit}`,
    ]),
    ...[{}, { incr: () => 1 }, () => 1].map((store): [object, string] => [
      { rateLimit: { limit: 1, windowMs: 1, store } },
      `rateLimit.store must be an object with increment(), got ${typeof store === 'function' ? 'a function' : 'an object'}`,
    ]),
    [
      { rateLimit: { limit: 1, windowMs: 1, store: null } },
      'rateLimit.store must be an object with increment(), got null',
    ],
    [{ rateLimit: { limit: 1, windowMs: 1, key: 'ip' } }, 'rateLimit.key must be a function, got a string'],
    [
      { rateLimit: { limit: 1, windowMs: 1, onStoreError: 'open' } },
      "rateLimit.onStoreError must be 'deny' or 'allow', got a string",
    ],
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
