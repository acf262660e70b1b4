import { describe, expect, it } from 'vitest'
import { readIceServerLinks } from '../../src/config/link-header.js'
import { readIceConfiguration } from '../../src/config/read-response.js'
import { errorOf } from '../support/error-of.js'

/** The example of RFC 9725 §4.6: one header for each server. */
const RFC_9725 = [
  '<stun:stun.example.net>; rel="ice-server"',
  '<turn:turn.example.net?transport=udp>; rel="ice-server"; username="user"; credential="myPassword"; credential-type="password"',
  '<turn:turn.example.net?transport=tcp>; rel="ice-server"; username="user"; credential="myPassword"; credential-type="password"',
  '<turns:turn.example.net?transport=tcp>; rel="ice-server"; username="user"; credential="myPassword"; credential-type="password"',
]
const SDP = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n'

const headersOf = (links: readonly string[]) => new Headers(links.map((link) => ['link', link]))
const login = { username: 'user', credential: 'myPassword' }

describe('readIceServerLinks', () => {
  it('returns one server for each of several headers', () => {
    const password = { ...login, credentialType: 'password' }
    expect(readIceServerLinks(headersOf(RFC_9725))).toEqual([
      { urls: 'stun:stun.example.net' },
      { urls: 'turn:turn.example.net?transport=udp', ...password },
      { urls: 'turn:turn.example.net?transport=tcp', ...password },
      { urls: 'turns:turn.example.net?transport=tcp', ...password },
    ])
  })

  it.each([
    [
      'commas, semicolons and angle brackets in quoted strings',
      '<turn:t>; rel="ice-server"; username="1,2;3<4>"; credential="p"',
      { username: '1,2;3<4>', credential: 'p' },
    ],
    [
      'escaped characters',
      String.raw`<turn:t>; rel="ice-server"; username="a\"b\\c"; credential="p"`,
      { username: 'a"b\\c', credential: 'p' },
    ],
    [
      'tokens without quotes',
      '<turn:t>;rel=ice-server;username=u;credential=p/=+',
      { username: 'u', credential: 'p/=+' },
    ],
    [
      'names and relations in any case, and white space',
      '< turn:t > ; REL = "ICE-Server" ; UserName = "u" ; Credential="p"',
      { username: 'u', credential: 'p' },
    ],
    [
      'several relations',
      '<turn:t>; rel="preconnect ice-server"; username="u"; credential="p"',
      { username: 'u', credential: 'p' },
    ],
    [
      'parameters without a value, and empty ones',
      '<turn:t>; crossorigin; ; rel="ice-server"; username=""; credential',
      { username: '', credential: '' },
    ],
    [
      'a repeated parameter, whose first value counts',
      '<turn:t>; rel="ice-server"; rel="next"; username="u"; username="x"',
      { username: 'u' },
    ],
  ])('reads %s', (_, value, members) => {
    expect(readIceServerLinks(value)).toEqual([{ urls: 'turn:t', ...members }])
  })

  it('ignores links with another relation, and stops at what is not a link', () => {
    const value =
      '</a.css>; rel=preload; as=style, <stun:s>; rel="ice-server", <turn:x>; rel=next, oops <stun:y>; rel="ice-server"'
    expect(readIceServerLinks(value)).toEqual([{ urls: 'stun:s' }])
    expect(readIceServerLinks('<stun:s>; rel="ice-server')).toEqual([])
    expect(readIceServerLinks(new Headers())).toEqual([])
  })

  it.each(['<', ';', '"', '\\', ' ', ';a="', '<a>;', ', '])(
    'reads a header of a megabyte of %j in linear time',
    (part) => {
      expect(readIceServerLinks(part.repeat(1e6 / part.length))).toEqual([])
    },
  )
})

describe('readIceConfiguration with Link headers', () => {
  it.each([
    ['SDP', SDP],
    ['an empty body', ''],
    ['no body', undefined],
    ['no content', null],
  ])('reads the servers of the headers beside %s', (_, body) => {
    const { iceServers, expirySource } = readIceConfiguration(body, { headers: headersOf(RFC_9725) })
    expect(iceServers).toHaveLength(4)
    expect(iceServers[1]).toMatchObject({ urls: ['turn:turn.example.net?transport=udp'], ...login })
    expect(expirySource).toBe('default')
  })

  it('reads the lifetime from the username', () => {
    const username = `${Math.floor(Date.now() / 1000) + 60}:u`
    const link = `<turn:t>; rel="ice-server"; username="${username}"; credential="p"`
    expect(readIceConfiguration(SDP, { headers: headersOf([link]) }).expirySource).toBe('username')
  })

  it('prefers the servers of a body that is JSON', () => {
    const { iceServers } = readIceConfiguration([{ urls: 'stun:s' }], { headers: headersOf(RFC_9725) })
    expect(iceServers).toEqual([{ urls: ['stun:s'] }])
  })

  it('rejects SDP without servers in the headers', () => {
    const headers = headersOf(['</next>; rel="next"'])
    expect(errorOf(() => readIceConfiguration(SDP, { headers }))).toMatchObject({ code: 'ERR_RESPONSE' })
  })
})
