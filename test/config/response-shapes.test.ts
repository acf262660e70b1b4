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
    ['null for credentials', [{ urls: 'stun:s', username: null, credential: null }], [{ urls: 'stun:s' }]],
  ])('extracts the servers of %s', (_, body, servers) => {
    expect(extractServers(body).servers).toStrictEqual(servers)
  })

  it('keeps invalid values for the validation', () => {
    expect(extractServers([5, { urls: 6, username: 7 }]).servers).toEqual([5, { urls: 6, username: 7 }])
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

  it.each([
    ['an empty array', []],
    ['an empty iceServers', { iceServers: [] }],
    ['null for iceServers', { iceServers: null }],
  ])('reports %s as an empty list', (_, body) => {
    expect(errorOf(() => extractServers(body))).toMatchObject({
      code: 'ERR_RESPONSE',
      message: 'the list of ICE servers in the response is empty',
    })
  })

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

  it('suggests a parse function for a response with data', () => {
    expect(errorOf(() => extractServers({ data: { iceServers: [turn] } })).message).toBe(
      'expected iceServers, got an object with the key "data": convert it (in a provider: parse: (body) => body.data)',
    )
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
    expect(extractServers(body).expiryFields).toEqual([
      { expires_in: 1, serverTime: 5 },
      { ttl: 2 },
      { Ttl: 3 },
    ])
    expect(extractServers([stun, { ...turn, ttl: 3 }]).expiryFields).toEqual([{}, { ttl: 3 }])
    expect(extractServers({ ...turn, ttl: 1 }).expiryFields).toEqual([{ ttl: 1 }, { ttl: 1 }])
  })
})
