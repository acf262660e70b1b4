import { describe, expect, it } from 'vitest'
import {
  createCloudflareTurn,
  createTurnKeys,
  createTurnRestCredentials,
  fetchTURNServers,
} from '../../src/server/index.js'
import { errorOf, rejectionOf } from '../support/error-of.js'

const key = { keyId: 'key-id', keySecret: 'hidden' }
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

describe('clients of Cloudflare: options', () => {
  const createTurn = (options: object) => createCloudflareTurn({ ...key, ...options })
  const createKeys = (options: object) => createTurnKeys({ accountId: 'a', apiToken: 'hidden', ...options })

  it.each<[object, string, string]>([
    [{ fetch: 'hidden' }, 'TypeError', 'fetch must be a function, got a string'],
    [{ fetch: null }, 'TypeError', 'fetch must be a function, got null'],
    [{ baseUrl: 5 }, 'TypeError', 'baseUrl must be an http: or https: URL, got 5'],
    [{ baseUrl: 'hidden' }, 'TypeError', 'baseUrl must be an http: or https: URL, got a string'],
    [{ timeoutMs: 0 }, 'RangeError', 'timeoutMs must be an integer from 1 to 2147483647, got 0'],
    [{ timeoutMs: null }, 'RangeError', 'timeoutMs must be an integer from 1 to 2147483647, got null'],
  ])('throw for %o', (options, name, message) => {
    expect(errorOf(() => createTurn(options))).toMatchObject({
      name,
      message: `createCloudflareTurn: ${message}`,
    })
    expect(errorOf(() => createKeys(options))).toMatchObject({ name, message: `createTurnKeys: ${message}` })
  })

  it.each<[object, string]>([
    [{ path: '../revoke' }, "path must be 'generate' or 'generate-ice-servers', got a string"],
    [{ urlFilter: 'turns' }, 'urlFilter must be a function, got a string'],
    [{ timeoutMS: 5 }, 'unknown option timeoutMS (did you mean timeoutMs?)'],
  ])('throw TypeError for %o', (options, message) => {
    expect(errorOf(() => createTurn(options))).toMatchObject({
      name: 'TypeError',
      message: `createCloudflareTurn: ${message}`,
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
    [5, 'must be a non-empty string, got a number'],
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
    [{ secret: 5 }, 'secret must be a non-empty string, got a number'],
    [{ urls: undefined }, `${urlsExpected}, got undefined (is an environment variable missing?)`],
    [{ urls: '' }, `${urlsExpected}, got an empty string (is an environment variable missing?)`],
    [{ urls: 5 }, `${urlsExpected}, got 5`],
    [{ now: 5 }, 'now must be a function, got 5'],
    [{ seperator: ':' }, 'unknown option seperator (did you mean separator?)'],
  ])('throws TypeError for %o', (options, message) => {
    const given = { secret: 'hidden', urls: 'turn:t.org', ...options }
    expect(errorOf(() => createTurnRestCredentials(given))).toMatchObject({
      name: 'TypeError',
      message: `createTurnRestCredentials: ${message}`,
    })
  })

  it.each([
    [[], 'urls'],
    ['http://t.org', 'urls'],
    [['turn:t.org', 'turn:t.org:0'], 'urls[1]'],
    [['turn:t.org', ''], 'urls[1]'],
  ])('throws TypeError with the place when the URLs are %j', (urls, place) => {
    const error = errorOf(() => createTurnRestCredentials({ secret: 'hidden', urls }))
    expect(error.name).toBe('TypeError')
    const [owner, path, reason] = error.message.split(': ')
    expect([owner, path]).toEqual(['createTurnRestCredentials', place])
    expect(reason).toMatch(/must/)
  })

  it('throws RangeError for an invalid ttl', () => {
    const options = { secret: 'hidden', urls: 'turn:t.org', ttl: 172_801 }
    expect(errorOf(() => createTurnRestCredentials(options))).toMatchObject({
      name: 'RangeError',
      message: 'createTurnRestCredentials: ttl must be an integer from 1 to 172800, got 172801',
    })
  })
})
