import { describe, expect, it } from 'vitest'
import type { IceUrl } from '../../src/config/ice-url.js'
import { readIceConfiguration } from '../../src/config/read-response.js'
import { limitUrls, withoutPort53 } from '../../src/config/url-filter.js'
import type { IceServerError } from '../../src/index.js'
import { errorOf } from '../support/error-of.js'
import { NOW } from '../support/time.js'

const options = { sentAt: NOW, now: () => NOW + 50 }
const credentials = { username: 'u', credential: 'secret' }
const read = (body: unknown, more = {}) => readIceConfiguration(body, { ...options, ...more })

describe('readIceConfiguration', () => {
  it('returns a frozen configuration', () => {
    const configuration = read({
      iceServers: [{ urls: 'stun:s' }, { urls: ['turn:t:53', 'turn:t'], ...credentials }],
      ttl: 60,
    })
    expect(configuration).toEqual({
      iceServers: [{ urls: ['stun:s'] }, { urls: ['turn:t'], ...credentials }],
      expiresAt: NOW + 60_000,
      expirySource: 'ttl',
      fetchedAt: NOW,
      dropped: [{ url: 'turn:t:53', reason: 'port 53, blocked by Chromium' }],
    })
    for (const part of [
      configuration,
      configuration.iceServers,
      configuration.dropped,
      configuration.dropped[0],
    ]) {
      expect(part).toSatisfy(Object.isFrozen)
    }
    for (const server of configuration.iceServers)
      expect([server, server.urls].every(Object.isFrozen)).toBe(true)
  })

  it('does not change the response', () => {
    const body = { iceServers: { urls: ['turn:t:53', 'turn:t'], ...credentials } }
    const before = structuredClone(body)
    read(body)
    expect(body).toEqual(before)
    expect(Object.isFrozen(body.iceServers.urls)).toBe(false)
  })

  it('needs no options', () => {
    const { fetchedAt, expiresAt, expirySource } = readIceConfiguration([{ urls: 'stun:s' }])
    expect([expiresAt - fetchedAt, expirySource]).toEqual([3_600_000, 'default'])
  })

  it('reads the expiry from the usernames of the TURN servers', () => {
    const server = { urls: 'turn:t', username: `${NOW / 1000 + 60}:u`, credential: 'secret' }
    const { expiresAt, expirySource } = read([{ urls: 'stun:s' }, server])
    expect([expiresAt - NOW, expirySource]).toEqual([60_000, 'username'])
  })

  it('rejects a response that throws when it is read, without the thrown error', () => {
    const hostile = {
      get iceServers() {
        throw new Error('secret')
      },
    }
    const error = errorOf(() => read(hostile))
    expect(error).toMatchObject({ code: 'ERR_RESPONSE', message: 'the response is not readable' })
    expect(error).not.toHaveProperty('cause')
  })

  it('names each problem by its path in the response, and no credential', () => {
    const body = {
      iceServers: [
        { urls: ['turn:t:53'], ...credentials },
        { urls: ['stun:s', 'bad'] },
        5,
        { urls: 'turn:t', ...credentials, username: {} },
      ],
    }
    expect(errorOf(() => read(body, { invalidServers: 'reject' }))).toMatchObject({
      code: 'ERR_ICE_SERVER',
      message:
        'iceServers[1].urls[1]: the URL must begin with stun:, stuns:, turn: or turns:; iceServers[2]: must be an object; iceServers[3].username: must be a string',
    })
  })

  it('warns about servers that were left out, and about a lifetime that is not readable', () => {
    const body = { iceServers: [{ urls: ['stun:s', 'secret'] }], ttl: 60, expires: 'secret' }
    expect(read(body)).toMatchObject({
      expirySource: 'ttl',
      warnings: [
        {
          code: 'ERR_ICE_SERVER',
          message: 'left out iceServers[0].urls[1]: the URL must begin with stun:, stuns:, turn: or turns:',
        },
        {
          code: 'ERR_RESPONSE',
          message: 'expires in the response must be a Unix time or an ISO 8601 date',
        },
      ],
    })
    expect(read({ iceServers: [{ urls: 'stun:s' }], ttl: 60 }).warnings).toBeUndefined()
  })

  it('names at most ten problems', () => {
    const message = errorOf(() =>
      read([{ urls: Array(1000).fill('bad') }], { invalidServers: 'reject' }),
    ).message
    expect(message.split('; ')).toHaveLength(10)
  })

  it.each([
    ['nothing', ['turn:t', 'turn:t']],
    ['the default port', ['turn:t', 'turn:t:3478']],
    ['the default transport', ['turn:t', 'turn:t?transport=udp']],
    ['upper case', ['turn:t.org', 'TURN:T.ORG']],
  ])('drops a duplicate URL that differs by %s', (_, urls) => {
    const { iceServers, dropped } = read([{ urls, ...credentials }])
    expect(iceServers).toEqual([{ urls: [urls[0]], ...credentials }])
    expect(dropped).toEqual([{ url: urls[1], reason: 'duplicate' }])
  })

  it('drops duplicates of another server, and servers without URLs', () => {
    const { iceServers } = read([
      { urls: 'stun:s' },
      { urls: 'turn:t', ...credentials },
      { urls: ['turn:t', 'stun:s'], ...credentials },
    ])
    expect(iceServers).toEqual([{ urls: ['stun:s'] }, { urls: ['turn:t'], ...credentials }])
  })

  it('keeps the same TURN URL with other credentials', () => {
    const body = [
      { urls: ['turn:t'], ...credentials },
      { urls: ['turn:t'], ...credentials, username: 'v' },
    ]
    expect(read(body).iceServers).toEqual(body)
  })

  it('applies filters in their order', () => {
    const received: string[][] = []
    const spy = (urls: readonly IceUrl[]) => {
      received.push(urls.map(({ href }) => href))
      return urls
    }
    const { iceServers, dropped } = read([{ urls: ['turn:t:53', 'turn:t', 'stun:s'], ...credentials }], {
      urlFilter: [withoutPort53, spy, limitUrls(1)],
    })
    expect(received).toEqual([['turn:t', 'stun:s']])
    expect(iceServers[0]?.urls).toEqual(['turn:t'])
    expect(dropped.map(({ reason }) => reason)).toEqual([
      'port 53, blocked by Chromium',
      'over the limit of limitUrls',
    ])
  })

  it('reports the URLs that a filter without a reason drops', () => {
    const { dropped } = read([{ urls: ['turn:t', 'stun:s'], ...credentials }], {
      urlFilter: (urls: IceUrl[]) => urls.slice(1),
    })
    expect(dropped).toEqual([{ url: 'turn:t', reason: 'dropped by urlFilter' }])
  })

  it.each([
    [
      'all URLs were dropped',
      [{ urls: 'turn:t:53', ...credentials }],
      {},
      'no usable ICE server: turn:t:53 was dropped (port 53, blocked by Chromium)',
    ],
    [
      'TURN is required and absent',
      [{ urls: 'stun:turn.org' }],
      { requireTurn: true },
      'no usable TURN server in the response',
    ],
    [
      'TURN is required and was dropped',
      [{ urls: ['stun:s', 'TURN:t:53'], ...credentials }],
      { requireTurn: true },
      'no usable TURN server: TURN:t:53 was dropped (port 53, blocked by Chromium)',
    ],
  ])('throws if %s', (_, body, more, message) => {
    expect(errorOf(() => read(body, more))).toMatchObject({ code: 'ERR_ICE_SERVER', message })
  })

  it('accepts STUN alone unless TURN is required', () => {
    expect(read([{ urls: 'stun:s' }]).iceServers).toHaveLength(1)
    expect(read([{ urls: 'TURNS:t', ...credentials }], { requireTurn: true }).iceServers).toHaveLength(1)
  })

  it('throws a TypeError for an unknown option', () => {
    expect(() => read([{ urls: 'stun:s' }], { requireTURN: true })).toThrow(
      new TypeError('readIceConfiguration: unknown option requireTURN (did you mean requireTurn?)'),
    )
  })

  it('accepts ten thousand URLs', () => {
    const urls = Array.from({ length: 10_000 }, (_, index) => `turn:t${index}.org`)
    expect(read([{ urls, ...credentials }]).iceServers[0]?.urls).toHaveLength(10_000)
  })
})

describe('readIceConfiguration with extreme numbers', () => {
  const iceServers = [{ urls: 'stun:s.org' }]
  const maxAge = new Headers({ 'cache-control': `max-age=${'9'.repeat(400)}` })
  it.each<[string, object, Headers?]>([
    ['a max-age of 400 digits', {}, maxAge],
    ['a very negative server time', { serverTime: -1e308, ttl: 60, expiresAt: 1 }],
    ['a very negative expiry', { serverTime: -1e308, expiresAt: -1e308 }],
    ['an expiry beyond the range of Date', { expiresAt: 1e17 }],
  ])('returns a finite expiry or throws for %s', (_, members, headers) => {
    let outcome: number | string
    try {
      outcome = readIceConfiguration({ iceServers, ...members }, { headers }).expiresAt
    } catch (error) {
      outcome = (error as IceServerError).code
    }
    expect(Number.isFinite(outcome) || /ERR_(RESPONSE|EXPIRED)/.test(`${outcome}`)).toBe(true)
  })
})
