import { describe, expect, it } from 'vitest'
import { extractServers } from '../../src/config/response-shapes.js'
import { errorOf } from '../support/error-of.js'

const login = { username: 'u', credential: 'c' }
const turn = { urls: ['turn:t'], ...login }
const stun = { urls: ['stun:s'] }

describe('extractServers', () => {
  it.each([
    ['Cloudflare generate', { iceServers: turn }, [turn]],
    ['Cloudflare generate-ice-servers', { iceServers: [stun, turn] }, [stun, turn]],
    [
      'Cloudflare in early 2025',
      { iceServers: [{ urls: ['stun:s', 'turn:t'], ...login }] },
      [{ urls: ['stun:s', 'turn:t'], ...login }],
    ],
    ['a bare server', turn, [turn]],
    ['a bare server with the old url', { url: 'stun:s' }, [{ urls: 'stun:s' }]],
    ['a bare list (Metered, Open Relay)', [stun, turn], [stun, turn]],
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
          { url: 'turn:old', urls: 'turn:t', ...login },
        ],
        username: 'u',
        password: 'c',
        ttl: '86400',
        account_sid: 'x',
      },
      [{ urls: 'stun:s' }, { urls: 'turn:t', ...login }],
    ],
    ['Xirsys', { v: { iceServers: turn }, s: 'ok' }, [turn]],
    [
      'Xirsys as a list with url',
      { v: { iceServers: [{ url: 'stun:s' }, { url: 'turn:t', ...login }] }, s: 'ok' },
      [{ urls: 'stun:s' }, { urls: 'turn:t', ...login }],
    ],
    [
      'AWS Kinesis Video',
      { IceServerList: [{ Uris: ['turn:t'], Username: 'u', Password: 'c', Ttl: 300 }] },
      [turn],
    ],
    ['GetStream, 100ms', { ice_servers: [{ urls: ['turn:t'], username: 'u', password: 'c' }] }, [turn]],
    ['a server beside a member v', { v: 1, ...turn }, [turn]],
    ['null for credentials', [{ urls: 'stun:s', username: null, credential: null }], [{ urls: 'stun:s' }]],
  ])('reads %s', (_, body, servers) => {
    expect(extractServers(body).servers).toStrictEqual(servers)
  })

  it('keeps values as they are, for the validation to judge', () => {
    expect(extractServers([5, { urls: 6, username: 7 }]).servers).toEqual([5, { urls: 6, username: 7 }])
  })

  it.each([
    ['Matrix without a TURN server', {}, 'an object with no members'],
    ['Xirsys refusing', { v: 'secret reason', s: 'error' }, 'an object with v, s'],
    ['Metered refusing', { error: 'secret reason' }, 'an object with error'],
    [
      'a Cloudflare envelope with errors',
      { success: false, errors: [{ code: 1 }], result: null },
      'an object with success, errors, result',
    ],
    ['an empty list', [], 'an empty list'],
    ['an empty iceServers', { iceServers: [] }, 'an object with iceServers'],
    ['null for iceServers', { iceServers: null }, 'an object with iceServers'],
  ])('tells %s from an unknown shape', (_, body, seen) => {
    const error = errorOf(() => extractServers(body))
    expect(error).toMatchObject({ code: 'ERR_RESPONSE', message: `the answer holds no ICE server: ${seen}` })
  })

  it.each([
    ['an unknown object', { servers: ['secret'], token: 'secret' }, 'an object with servers, token'],
    ['a string', 'secret', 'string'],
    ['a number', 5, 'number'],
    ['null', null, 'object'],
    ['nothing', undefined, 'undefined'],
  ])('names what it saw in %s, and no value', (_, body, seen) => {
    const error = errorOf(() => extractServers(body))
    expect(error).toMatchObject({
      code: 'ERR_RESPONSE',
      message: `the answer has no known shape: ${seen}; give a parse function`,
    })
  })

  it('shortens what it saw', () => {
    const body = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [`${index}`.padEnd(500, 'x'), 1]),
    )
    expect(errorOf(() => extractServers(body)).message.length).toBeLessThan(350)
  })

  it('is not misled by inherited members', () => {
    expect(errorOf(() => extractServers({ constructor: 1, __proto__: 5 })).message).toContain(
      'no known shape',
    )
  })

  it('lists the objects that may tell a lifetime, the outermost first', () => {
    const body = { v: { iceServers: turn }, s: 'ok' }
    expect(extractServers(body).expiryFields).toEqual([body, body.v, turn])
    expect(extractServers([stun, turn]).expiryFields).toEqual([stun, turn])
    expect(extractServers(turn).expiryFields).toEqual([turn, turn])
  })
})
