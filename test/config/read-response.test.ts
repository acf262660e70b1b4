import { describe, expect, it } from 'vitest'
import type { IceUrl } from '../../src/config/ice-url.js'
import { hasSameExpiry, type IceConfiguration, readIceConfiguration } from '../../src/config/read-response.js'
import { includesUrl } from '../../src/config/select-servers.js'
import { limitUrls, withoutPort53 } from '../../src/config/url-filter.js'
import type { IceServerError } from '../../src/index.js'
import { errorOf } from '../support/error-of.js'

const NOW = Date.UTC(2026, 10, 24, 10, 0, 0)
const context = { sentAt: NOW, now: () => NOW + 50 }
const login = { username: 'u', credential: 'secret' }
const read = (body: unknown, more = {}) => readIceConfiguration(body, { ...context, ...more })

describe('readIceConfiguration', () => {
  it('makes a frozen configuration', () => {
    const configuration = read({
      iceServers: [{ urls: 'stun:s' }, { urls: ['turn:t:53', 'turn:t'], ...login }],
      ttl: 60,
    })
    expect(configuration).toEqual({
      iceServers: [{ urls: ['stun:s'] }, { urls: ['turn:t'], ...login }],
      expiresAt: NOW + 60_000,
      expirySource: 'ttl',
      fetchedAt: NOW,
      dropped: [{ url: 'turn:t:53', reason: 'browsers send nothing to port 53' }],
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

  it('leaves the answer as it was', () => {
    const body = { iceServers: { urls: ['turn:t:53', 'turn:t'], ...login } }
    const before = structuredClone(body)
    read(body)
    expect(body).toEqual(before)
    expect(Object.isFrozen(body.iceServers.urls)).toBe(false)
  })

  it('needs no context', () => {
    const { fetchedAt, expiresAt, expirySource } = readIceConfiguration([{ urls: 'stun:s' }])
    expect([expiresAt - fetchedAt, expirySource]).toEqual([3_600_000, 'default'])
  })

  it('knows the end from the usernames, of which a STUN server has none', () => {
    const server = { urls: 'turn:t', username: `${NOW / 1000 + 60}:u`, credential: 'secret' }
    const { expiresAt, expirySource } = read([{ urls: 'stun:s' }, server])
    expect([expiresAt - NOW, expirySource]).toEqual([60_000, 'username'])
  })

  it('refuses an answer that throws when it is read, without its reason', () => {
    const hostile = {
      get iceServers() {
        throw new Error('secret')
      },
    }
    const error = errorOf(() => read(hostile))
    expect(error).toMatchObject({ code: 'ERR_RESPONSE', message: 'the answer is not readable' })
    expect(error).not.toHaveProperty('cause')
  })

  it('names each fault by its path in the answer, and no credential', () => {
    const body = {
      iceServers: [
        { urls: ['turn:t:53'], ...login },
        { urls: ['stun:s', 'bad'] },
        5,
        { urls: 'turn:t', ...login, username: 6 },
      ],
    }
    expect(errorOf(() => read(body))).toMatchObject({
      code: 'ERR_ICE_SERVER',
      message:
        'iceServers[1].urls[1]: the scheme is not stun(s) or turn(s); iceServers[2]: it is not a readable object; iceServers[3].username: is not a string',
    })
  })

  it('names ten faults at most', () => {
    const message = errorOf(() => read([{ urls: Array(1000).fill('bad') }])).message
    expect(message.split('; ')).toHaveLength(10)
  })

  it.each([
    ['the same URL', ['turn:t', 'turn:t']],
    ['the default port', ['turn:t', 'turn:t:3478']],
    ['the default transport', ['turn:t', 'turn:t?transport=udp']],
    ['upper case', ['turn:t.org', 'TURN:T.ORG']],
  ])('drops a duplicate: %s', (_, urls) => {
    const { iceServers, dropped } = read([{ urls, ...login }])
    expect(iceServers).toEqual([{ urls: [urls[0]], ...login }])
    expect(dropped).toEqual([{ url: urls[1], reason: 'duplicate' }])
  })

  it('drops a duplicate in another server, and then a server without URLs', () => {
    const { iceServers } = read([
      { urls: 'stun:s' },
      { urls: 'turn:t', ...login },
      { urls: ['turn:t', 'stun:s'], ...login },
    ])
    expect(iceServers).toEqual([{ urls: ['stun:s'] }, { urls: ['turn:t'], ...login }])
  })

  it('keeps the same URL with other credentials', () => {
    const body = [
      { urls: ['turn:t'], ...login },
      { urls: ['turn:t'], ...login, username: 'v' },
    ]
    expect(read(body).iceServers).toEqual(body)
  })

  it('composes filters, in their order', () => {
    const seen: string[][] = []
    const spy = (urls: readonly IceUrl[]) => {
      seen.push(urls.map(({ href }) => href))
      return urls
    }
    const { iceServers, dropped } = read([{ urls: ['turn:t:53', 'turn:t', 'stun:s'], ...login }], {
      urlFilter: [withoutPort53, spy, limitUrls(1)],
    })
    expect(seen).toEqual([['turn:t', 'stun:s']])
    expect(iceServers[0]?.urls).toEqual(['turn:t'])
    expect(dropped.map(({ reason }) => reason)).toEqual([
      'browsers send nothing to port 53',
      'beyond the limit',
    ])
  })

  it('says so if a filter of the app’s leaves something out', () => {
    const { dropped } = read([{ urls: ['turn:t', 'stun:s'], ...login }], {
      urlFilter: (urls: IceUrl[]) => urls.slice(1),
    })
    expect(dropped).toEqual([{ url: 'turn:t', reason: 'filtered out' }])
  })

  it.each([
    ['all URLs dropped', [{ urls: 'turn:t:53', ...login }], {}, 'no ICE server is left, 1 URLs dropped'],
    [
      'TURN is required and absent',
      [{ urls: 'stun:turn.org' }],
      { requireTurn: true },
      'no TURN server is left, 0 URLs dropped',
    ],
    [
      'TURN is required and was dropped',
      [{ urls: ['stun:s', 'TURN:t:53'], ...login }],
      { requireTurn: true },
      'no TURN server is left, 1 URLs dropped',
    ],
  ])('refuses it when %s', (_, body, more, message) => {
    expect(errorOf(() => read(body, more))).toMatchObject({ code: 'ERR_ICE_SERVER', message })
  })

  it('takes STUN alone unless TURN is required', () => {
    expect(read([{ urls: 'stun:s' }]).iceServers).toHaveLength(1)
    expect(read([{ urls: 'TURNS:t', ...login }], { requireTurn: true }).iceServers).toHaveLength(1)
  })

  it.each([NOW - 1, NOW + 50])('refuses credentials that had ended when they came', (expiresAt) => {
    expect(errorOf(() => read({ iceServers: [{ urls: 'stun:s' }], expiresAt }))).toMatchObject({
      code: 'ERR_EXPIRED',
      message: 'the credentials had expired, by expiresAt: is a clock wrong?',
    })
  })

  it('handles ten thousand URLs', () => {
    const urls = Array.from({ length: 10_000 }, (_, index) => `turn:t${index}.org`)
    expect(read([{ urls, ...login }]).iceServers[0]?.urls).toHaveLength(10_000)
  })
})

describe('hasSameExpiry', () => {
  it('allows for the whole seconds of a Date header', () => {
    const [one, near, far] = [0, 1000, 1001].map((later) =>
      read({ iceServers: [{ urls: 'stun:s' }], expiresAt: NOW + 60_000 + later }),
    ) as [IceConfiguration, IceConfiguration, IceConfiguration]
    expect([hasSameExpiry(one, near), hasSameExpiry(near, one), hasSameExpiry(one, far)]).toEqual([
      true,
      true,
      false,
    ])
  })
})

describe('includesUrl', () => {
  it('knows a URL in any form, anywhere in the list', () => {
    const servers = [{ urls: 'stun:s.org' }, { urls: ['turn:t.org', 'turns:t.org'], ...login }]
    for (const url of ['turn:T.org:3478?transport=udp', 'turns:t.org:5349?transport=tcp', 'stun:s.org'])
      expect(includesUrl(servers, url)).toBe(true)
    for (const url of ['turn:t.org:80', 'stun:t.org', 'nonsense'])
      expect(includesUrl(servers, url)).toBe(false)
  })
})

describe('a lifetime beyond all numbers', () => {
  const iceServers = [{ urls: 'stun:s.org' }]
  const maxAge = new Headers({ 'cache-control': `max-age=${'9'.repeat(400)}` })
  it.each<[string, object, Headers?]>([
    ['a max-age of 400 digits', {}, maxAge],
    ['a server time far below zero', { serverTime: -1e308, ttl: 60, expiresAt: 1 }],
    ['a moment far below zero', { serverTime: -1e308, expiresAt: -1e308 }],
    ['a moment that no date reaches', { expiresAt: 1e17 }],
  ])('ends at some time, or is refused, with %s', (_, told, headers) => {
    let end: number | string
    try {
      end = readIceConfiguration({ iceServers, ...told }, { headers }).expiresAt
    } catch (error) {
      end = (error as IceServerError).code
    }
    expect(Number.isFinite(end) || /ERR_(RESPONSE|EXPIRED)/.test(`${end}`)).toBe(true)
  })
})
