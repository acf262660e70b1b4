import { describe, expect, it } from 'vitest'
import { extractServers } from '../../src/config/response-shapes.js'
import { errorOf } from '../support/error-of.js'

const credentials = { username: 'u', credential: 'c' }
const turn = { urls: ['turn:t'], ...credentials }
const stun = { urls: ['stun:s'] }

describe('extractServers', () => {
  it.each([
    ['Cloudflare generate', { iceServers: turn }, [turn]],
    ['Cloudflare generate-ice-servers', { iceServers: [stun, turn] }, [stun, turn]],
    [
      'Cloudflare in early 2025',
      { iceServers: [{ urls: ['stun:s', 'turn:t'], ...credentials }] },
      [{ urls: ['stun:s', 'turn:t'], ...credentials }],
    ],
    ['a bare server', turn, [turn]],
    ['a bare server with the old url', { url: 'stun:s' }, [{ urls: 'stun:s' }]],
    ['a bare array (Metered, Open Relay)', [stun, turn], [stun, turn]],
    [
      'TURN REST, Matrix, Amazon Chime',
      { username: 'u', password: 'c', ttl: 86400, uris: ['turn:t'] },
      [turn],
    ],
    [
      'Twilio',
      {
        ice_servers: [
          { url: 'stun:s', urls: 'stun:s' },
          { url: 'turn:old', urls: 'turn:t', ...credentials },
        ],
        username: 'u',
        password: 'c',
        ttl: '86400',
        account_sid: 'x',
      },
      [{ urls: 'stun:s' }, { urls: 'turn:t', ...credentials }],
    ],
    ['Xirsys', { v: { iceServers: turn }, s: 'ok' }, [turn]],
    [
      'Xirsys with an array and url',
      { v: { iceServers: [{ url: 'stun:s' }, { url: 'turn:t', ...credentials }] }, s: 'ok' },
      [{ urls: 'stun:s' }, { urls: 'turn:t', ...credentials }],
    ],
    [
      'AWS Kinesis Video',
      { IceServerList: [{ Uris: ['turn:t'], Username: 'u', Password: 'c', Ttl: 300 }] },
      [turn],
    ],
    ['GetStream, 100ms', { ice_servers: [{ urls: ['turn:t'], username: 'u', password: 'c' }] }, [turn]],
    ['a server beside a member v', { v: 1, ...turn }, [turn]],
    [
      'snake case (Python, Ruby)',
      { ice_servers: [{ urls: ['turn:t'], user_name: 'u', credential: 'c' }] },
      [turn],
    ],
    ['capitals (Go, C#)', { IceServers: [{ Urls: ['turn:t'], UserName: 'u', Credential: 'c' }] }, [turn]],
    ['URLs', [{ URLs: ['turn:t'], userName: 'u', PASSWORD: 'c' }], [turn]],
    [
      'two spellings of a member',
      [{ urls: ['turn:t'], Username: 'old', ...credentials, Password: null }],
      [turn],
    ],
    [
      'numbers for credentials',
      [{ urls: 'turn:t', username: 5, credential: 1e21 }],
      [{ urls: 'turn:t', username: '5', credential: '1e+21' }],
    ],
    ['an envelope with data', { success: true, message: 'ok', data: { iceServers: [turn] } }, [turn]],
    ['an envelope with an array', { status: 'ok', data: [stun, turn] }, [stun, turn]],
    ['an envelope with a server', { code: 0, result: turn }, [turn]],
    [
      'a Cloudflare envelope',
      { success: true, errors: [], messages: [], result: { iceServers: turn } },
      [turn],
    ],
    ['two envelopes', { response: { data: { ice_servers: [turn] } } }, [turn]],
    [
      'an HTTP library’s response',
      { data: { iceServers: [turn] }, status: 200, config: { url: '/api/ice-servers', headers: {} } },
      [turn],
    ],
    ['a response without servers', { iceServers: [] }, []],
    ['a list without servers', [], []],
    ['an envelope around a response without servers', { data: { iceServers: [] } }, []],
    ['null for credentials', [{ urls: 'stun:s', username: null, credential: null }], [{ urls: 'stun:s' }]],
  ])('extracts the servers of %s', (_, body, servers) => {
    expect(extractServers(body).servers).toStrictEqual(servers)
  })

  it('keeps invalid values for the validation', () => {
    const server = { urls: 6, username: {}, credentialType: 'oauth' }
    expect(extractServers([5, server]).servers).toEqual([5, server])
  })

  it.each([
    ['Matrix without a TURN server', {}, 'an object with the keys (none)'],
    ['an error of Xirsys', { v: 'secret reason', s: 'error' }, 'an object with the keys "v", "s"'],
    ['an error of Metered', { error: 'secret reason' }, 'an object with the key "error"'],
    [
      'a Cloudflare envelope with errors',
      { success: false, errors: [{ code: 1 }], result: null },
      'an object with the keys "success", "errors", "result"',
    ],
  ])('names the keys of %s', (_, body, received) => {
    const error = errorOf(() => extractServers(body))
    expect(error).toMatchObject({ code: 'ERR_RESPONSE', message: `expected iceServers, got ${received}` })
  })

  it.each([{ iceServers: null }, { ice_servers: undefined }, { data: { iceServers: null } }])(
    'rejects the list %j, which is null',
    (body) => {
      expect(errorOf(() => extractServers(body))).toMatchObject({
        code: 'ERR_RESPONSE',
        message: 'the list of ICE servers in the response is null: return [] if there are none',
      })
    },
  )

  it.each([
    [
      'an unknown object',
      { servers: ['secret'], token: 'secret' },
      'an object with the keys "servers", "token"',
    ],
    ['a string', 'secret', 'string'],
    ['a number', 5, 'number'],
    ['null', null, 'null'],
    ['undefined', undefined, 'undefined'],
  ])('names the keys or the type of %s, and no value', (_, body, received) => {
    const error = errorOf(() => extractServers(body))
    expect(error).toMatchObject({
      code: 'ERR_RESPONSE',
      message: `expected iceServers, got ${received}: convert it (in a provider: option parse)`,
    })
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['servers in two members', { stun: [stun], turn: [turn] }, 'option parse'],
    [
      'data of another shape',
      { success: true, message: 'ok', data: { relays: [] } },
      'parse: (body) => body.data',
    ],
    ['an empty array in an envelope', { success: true, data: [] }, 'parse: (body) => body.data'],
    ['three envelopes', { a: { b: { c: { iceServers: [turn] } } } }, 'option parse'],
    [
      'an envelope of a failure',
      { success: false, data: { iceServers: [turn] } },
      'parse: (body) => body.data',
    ],
  ])('names the keys of %s, and suggests a parse function', (_, body, parse) => {
    const message = errorOf(() => extractServers(body)).message
    const names = Object.keys(body).map((name) => `"${name}"`)
    expect(message).toContain(names.join(', '))
    expect(message.endsWith(`: convert it (in a provider: ${parse})`)).toBe(true)
  })

  it('shortens a long list of keys', () => {
    const body = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [`${index}`.padEnd(500, 'x'), 1]),
    )
    expect(errorOf(() => extractServers(body)).message.length).toBeLessThan(350)
  })

  it('ignores inherited members', () => {
    expect(errorOf(() => extractServers({ constructor: 1, __proto__: 5 })).message).toContain(
      'convert it (in a provider: option parse)',
    )
  })

  it('copies the members with a lifetime, the outermost object first, and no credential', () => {
    const body = { v: { iceServers: { ...turn, Ttl: 3 }, ttl: 2 }, s: 'ok', expires_in: 1, serverTime: 5 }
    const namesAndValues = (response: unknown) =>
      extractServers(response).expiryFields.map(({ name, value }) => [name, value])
    expect(namesAndValues(body)).toEqual([
      ['expires_in', 1],
      ['serverTime', 5],
      ['ttl', 2],
      ['Ttl', 3],
    ])
    expect(namesAndValues([stun, { ...turn, ttl: 3 }])).toEqual([['ttl', 3]])
    expect(namesAndValues({ ...turn, ttl: 1 })).toEqual([['ttl', 1]])
    expect(namesAndValues({ data: { iceServers: [turn], expires_on: 1 } })).toEqual([['expires_on', 1]])
  })

  it('reads afterExpiry in an envelope, in any spelling', () => {
    expect(extractServers({ data: { iceServers: [turn], after_expiry: 'keep' } }).afterExpiry).toBe('keep')
  })
})
