import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  areSameServers,
  explainRTCIceServer,
  type RTCIceServer,
  validateRTCIceServer,
} from '../../src/config/ice-server.js'
import { SERVER_VECTORS } from './ice-server-vectors.js'

describe('explainRTCIceServer and validateRTCIceServer', () => {
  it.each(SERVER_VECTORS.map((vector) => ({ title: vector[0], server: vector[1], problems: vector[2] })))(
    'judge $title',
    ({ server, problems }) => {
      expect(explainRTCIceServer(server)).toEqual(problems)
      expect(validateRTCIceServer(server)).toBe(problems.length === 0)
    },
  )

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a string', 'stun:h'],
    ['a number', 5],
    ['a symbol', Symbol('stun:h')],
  ])('refuse %s', (_, value) => {
    expect(explainRTCIceServer(value)).toEqual(['it is not a readable object'])
  })

  it('refuse a symbol, a String object and a hole where a string should be', () => {
    const urls = [Symbol('stun:h'), new String('stun:h'), ...Array(1), 'stun:h']
    expect(explainRTCIceServer({ urls })).toEqual([0, 1, 2].map((index) => `urls[${index}]: is not a string`))
    expect(explainRTCIceServer({ urls: 'turn:h', username: Symbol('u'), credential: 'c' })).toEqual([
      'username: is not a string',
    ])
  })

  it('take absent and undefined members for the same', () => {
    const server = { urls: 'stun:h', username: undefined, credential: undefined, credentialType: undefined }
    expect(validateRTCIceServer(server)).toBe(true)
  })

  it('do not throw what a getter or a proxy throws, and do not repeat it', () => {
    const thrower = () => {
      throw new Error('secret')
    }
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const hostile = [
      {
        get urls() {
          return thrower()
        },
      },
      {
        urls: 'turn:h',
        get username() {
          return thrower()
        },
      },
      { urls: new Proxy([], { get: thrower }) },
      { urls: proxy },
      new Proxy({}, { get: thrower }),
      proxy,
    ]
    for (const value of hostile) expect(explainRTCIceServer(value)).toEqual(['it is not a readable object'])
  })

  it('survive a cycle', () => {
    const server: { urls: unknown[] } = { urls: [] }
    server.urls.push(server, server.urls)
    expect(explainRTCIceServer(server)).toHaveLength(2)
  })

  it('judge a million URLs, and name no more than a hundred faulty ones', () => {
    expect(validateRTCIceServer({ urls: Array(1_000_000).fill('stun:h') })).toBe(true)
    expect(validateRTCIceServer({ urls: [...Array(1_000_000).fill('stun:h'), 'x'] })).toBe(false)
    expect(explainRTCIceServer({ urls: Array(1_000_000).fill('x') })).toHaveLength(100)
    expect(explainRTCIceServer({ urls: Array(2 ** 32 - 1) })).toHaveLength(100)
  })

  it('never throw, and agree with each other', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withNullPrototype: true,
          withObjectString: true,
          key: fc.constantFrom('urls', 'username', 'credential', 'credentialType', 'x'),
        }),
        (value) => {
          expect(validateRTCIceServer(value)).toBe(explainRTCIceServer(value).length === 0)
        },
      ),
    )
  })

  it('narrow the type to one that RTCPeerConnection takes', () => {
    const value: unknown = { urls: 'stun:h' }
    if (validateRTCIceServer(value)) expectTypeOf(value).toEqualTypeOf<RTCIceServer>()
    expectTypeOf<RTCIceServer[]>().toExtend<NonNullable<RTCConfiguration['iceServers']>>()
  })
})

describe('areSameServers', () => {
  it('sees through the ways in which browsers write the same', () => {
    const one = [{ urls: 'stun:h' }, { urls: ['turn:h'], username: 'u', credential: 'c' }]
    const other = [
      { urls: ['stun:h'], username: '', credential: '' },
      { urls: 'turn:h', username: 'u', credential: 'c' },
    ]
    expect(areSameServers(one, other)).toBe(true)
  })

  it.each([
    ['another URL', [{ urls: 'stun:x' }]],
    ['another username', [{ urls: 'stun:h', username: 'x' }]],
    ['another credential', [{ urls: 'stun:h', credential: 'x' }]],
    ['one more', [{ urls: 'stun:h' }, { urls: 'stun:h' }]],
    ['none', []],
  ])('sees %s', (_, other) => {
    expect(areSameServers([{ urls: 'stun:h' }], other)).toBe(false)
  })
})
