import { describe, expect, it } from 'vitest'
import {
  areSameServers,
  copyServers,
  keysOfUrl,
  replaceServers,
  urlKeysOf,
  withOneTurnUrl,
} from '../../src/config/server-keys.js'

const credentials = { username: 'u', credential: 'secret' }
const turn = (username: string) => ({ urls: ['turn:t.org', 'turns:t.org'], username, credential: 'c' })
const stun = { urls: ['stun:s.org'] }
const own = { urls: 'turn:own.org', ...credentials }

describe('areSameServers', () => {
  it.each([
    [
      'absent credentials as empty strings',
      [{ urls: 'stun:h' }],
      [{ urls: ['stun:h'], username: '', credential: '' }],
    ],
    ['a scheme in capitals', [{ urls: 'TURN:h', ...credentials }], [{ urls: 'turn:H', ...credentials }]],
    [
      'the default port and transport',
      [{ urls: 'turn:h', ...credentials }],
      [{ urls: 'turn:h:3478?transport=udp', ...credentials }],
    ],
    [
      'an IPv6 address in full',
      [{ urls: 'turn:[0:0:0:0:0:0:0:1]', ...credentials }],
      [{ urls: 'turn:[::1]', ...credentials }],
    ],
    [
      'an IPv6 address with an embedded IPv4 address',
      [{ urls: 'stun:[::ffff:1.2.3.4]' }],
      [{ urls: 'stun:[::FFFF:102:304]' }],
    ],
    ['another order', [stun, turn('u')], [turn('u'), stun]],
    ['other groups', [{ urls: ['stun:a', 'stun:b'] }], [{ urls: 'stun:b' }, { urls: 'stun:a' }]],
    ['credentials of a STUN server', [{ urls: 'stun:h', ...credentials }], [{ urls: 'stun:h' }]],
  ])('accepts %s', (_, a, b) => {
    expect([areSameServers(a, b), areSameServers(b, a)]).toEqual([true, true])
  })

  it.each([
    ['another URL', [{ urls: 'turn:x', ...credentials }]],
    ['another port', [{ urls: 'turn:h:80', ...credentials }]],
    ['another transport', [{ urls: 'turn:h?transport=tcp', ...credentials }]],
    ['another username', [{ urls: 'turn:h', username: 'x', credential: 'secret' }]],
    ['another credential', [{ urls: 'turn:h', username: 'u', credential: 'x' }]],
    ['an additional server', [{ urls: 'turn:h', ...credentials }, { urls: 'stun:h' }]],
    ['an empty list', []],
    ['a URL that is invalid', [{ urls: 'turn:', ...credentials }]],
  ])('detects %s', (_, other) => {
    const servers = [{ urls: 'turn:h', ...credentials }]
    expect([areSameServers(servers, other), areSameServers(other, servers)]).toEqual([false, false])
  })
})

describe('urlKeysOf', () => {
  it('returns another key for each URL that cannot be parsed, and for each of its credentials', () => {
    const servers = [
      { urls: ['nonsense', 'turn:'], ...credentials },
      { urls: 'nonsense', ...credentials, username: 'v' },
      { urls: 'nonsense', ...credentials, credential: 'x' },
    ]
    expect(urlKeysOf([...servers, ...servers]).size).toBe(4)
  })
})

describe('keysOfUrl', () => {
  it('finds a URL in any spelling, anywhere in the list', () => {
    const servers = [stun, { urls: ['turn:T.org', 'turns:[::1]'], ...credentials }, { urls: 'nonsense' }]
    for (const url of ['turn:t.org:3478?transport=udp', 'TURNS:[0:0::1]:5349?transport=tcp', 'stun:s.org'])
      expect(keysOfUrl(servers, url)).toHaveLength(1)
    for (const url of ['turn:t.org:80', 'stun:t.org', 'nonsense', ''])
      expect(keysOfUrl(servers, url)).toEqual([])
  })

  it('returns one key for each pair of credentials, as in the keys of the servers', () => {
    const servers = [turn('a'), turn('b')]
    const keys = keysOfUrl(servers, 'turn:t.org')
    expect(keys).toHaveLength(2)
    for (const key of keys) expect(urlKeysOf(servers)).toContain(key)
  })
})

describe('replaceServers', () => {
  const issued = urlKeysOf([stun, turn('old')])

  it.each([
    ['servers of the provider before those of the app', [stun, turn('old'), own], [stun, turn('new'), own]],
    ['servers of the provider after those of the app', [own, turn('old')], [own, stun, turn('new')]],
    ['servers of the provider around those of the app', [stun, own, turn('old')], [stun, turn('new'), own]],
    ['none of the provider', [own], [own, stun, turn('new')]],
    ['no server at all', [], [stun, turn('new')]],
    ['current servers', [stun, turn('new')], [stun, turn('new')]],
  ])('replaces in a list with %s', (_, servers, expected) => {
    const replaced = replaceServers(servers, issued, [stun, turn('new')])
    expect(urlKeysOf(replaced)).toEqual(urlKeysOf(expected))
    expect(replaced.map(({ urls }) => [urls].flat()[0])).toEqual(expected.map(({ urls }) => [urls].flat()[0]))
  })

  it('keeps the URL of the app in an entry that also has one of the provider', () => {
    const mixed = { ...turn('old'), urls: ['turn:t.org', 'turn:own.org'] }
    expect(replaceServers([mixed], issued, [turn('new')])).toEqual([
      turn('new'),
      { ...mixed, urls: ['turn:own.org'] },
    ])
  })

  it('replaces the same TURN server with credentials that the provider has not issued', () => {
    expect(replaceServers([own, turn('foreign')], issued, [turn('new')])).toEqual([
      { ...own, urls: [own.urls].flat() },
      turn('new'),
    ])
  })

  it('keeps the same TURN host with another port, transport or scheme', () => {
    const others = {
      ...turn('foreign'),
      urls: ['turn:t.org:80', 'turn:t.org?transport=tcp', 'turns:t.org:443'],
    }
    expect(replaceServers([others], issued, [turn('new')])).toEqual([others, turn('new')])
  })

  it('returns objects that can be changed', () => {
    const servers = [Object.freeze({ urls: Object.freeze(['stun:s.org']) as string[] })]
    const replaced = replaceServers([], new Set(), servers)
    for (const { urls } of replaced) if (Array.isArray(urls)) urls.push('stun:x')
    expect(replaced).toEqual([{ urls: ['stun:s.org', 'stun:x'] }])
    expect(servers).toEqual([stun])
  })
})

describe('copyServers', () => {
  it('copies lists of URLs, and keeps single ones', () => {
    const servers = [stun, own]
    const copies = copyServers(servers)
    expect(copies).toEqual(servers)
    expect(copies[0]?.urls).not.toBe(stun.urls)
  })
})

describe('withOneTurnUrl', () => {
  const stun = { urls: ['stun:t.org'] }
  const turn = (...urls: string[]) => ({ urls, username: 'u', credential: 'c' })

  it.each([
    [
      [stun, turn('turn:t.org', 'turn:t.org?transport=tcp')],
      [stun, turn('turn:t.org?transport=tcp')],
    ],
    [
      [turn('turn:other.org'), turn('turn:t.org:3478?transport=tcp', 'stun:t.org')],
      [turn('turn:t.org:3478?transport=tcp', 'stun:t.org')],
    ],
    [
      [turn('turn:t.org'), stun],
      [turn('turn:t.org'), stun],
    ],
    [
      [turn('not a URL', 'TURN:T.org?transport=tcp', 'turns:t.org')],
      [turn('not a URL', 'TURN:T.org?transport=tcp')],
    ],
  ])('keeps one of %j', (servers, expected) => {
    expect(withOneTurnUrl(servers, 'turn:t.org?transport=tcp')).toEqual(expected)
  })

  it('keeps one of two servers with the same URL', () => {
    const [first, second] = [turn('turn:t.org'), { ...turn('turn:t.org'), username: 'v' }]
    expect(withOneTurnUrl([first, second], 'turn:t.org')).toEqual([first])
  })
})
