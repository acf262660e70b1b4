import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { explainRTCIceServer, type RTCIceServer, validateRTCIceServer } from '../../src/config/ice-server.js'
import { SERVER_VECTORS } from './ice-server-vectors.js'

describe('explainRTCIceServer', () => {
  it.each(SERVER_VECTORS.map((vector) => ({ title: vector[0], server: vector[1], problems: vector[2] })))(
    'returns the problems of $title, and validateRTCIceServer agrees',
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
  ])('rejects %s, which is not an object', (_, value) => {
    expect(explainRTCIceServer(value)).toEqual(['must be an object'])
  })

  it('rejects a symbol, a String object and a hole in place of a string', () => {
    const urls = [Symbol('stun:h'), new String('stun:h'), ...Array(1), 'stun:h']
    expect(explainRTCIceServer({ urls })).toEqual(
      [0, 1, 2].map((index) => `urls[${index}]: must be a string`),
    )
    expect(explainRTCIceServer({ urls: 'turn:h', username: Symbol('u'), credential: 'c' })).toEqual([
      'username: must be a string',
    ])
  })

  it('treats undefined members like absent ones', () => {
    const server = { urls: 'stun:h', username: undefined, credential: undefined, credentialType: undefined }
    expect(validateRTCIceServer(server)).toBe(true)
  })

  it('does not throw or repeat the error of a getter or a proxy', () => {
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
    for (const value of hostile) expect(explainRTCIceServer(value)).toEqual(['must be a readable object'])
  })

  it('accepts cyclic input', () => {
    const server: { urls: unknown[] } = { urls: [] }
    server.urls.push(server, server.urls)
    expect(explainRTCIceServer(server)).toHaveLength(2)
  })

  it('validates a million URLs, and stops after 100 invalid ones', () => {
    expect(validateRTCIceServer({ urls: Array(1_000_000).fill('stun:h') })).toBe(true)
    expect(validateRTCIceServer({ urls: [...Array(1_000_000).fill('stun:h'), 'x'] })).toBe(false)
    expect(explainRTCIceServer({ urls: Array(1_000_000).fill('x') })).toHaveLength(100)
    expect(explainRTCIceServer({ urls: Array(2 ** 32 - 1) })).toHaveLength(100)
  })

  it('never throws, and validateRTCIceServer agrees with it', () => {
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

  it('narrows the type to one that RTCPeerConnection accepts', () => {
    const value: unknown = { urls: 'stun:h' }
    if (validateRTCIceServer(value)) expectTypeOf(value).toEqualTypeOf<RTCIceServer>()
    expectTypeOf<RTCIceServer[]>().toExtend<NonNullable<RTCConfiguration['iceServers']>>()
  })
})
