/** The lifetime of a whole response: issue times, ages, and responses that were received before. */
import { describe, expect, it } from 'vitest'
import { readIceConfiguration, readResponse } from '../../src/config/read-response.js'
import { ResponseMemory } from '../../src/config/response-memory.js'
import { errorOf } from '../support/error-of.js'
import { HOUR, MINUTE, NOW } from '../support/time.js'

const credentials = { username: 'u', credential: 'secret' }
const read = (body: unknown, more = {}) =>
  readIceConfiguration(body, { sentAt: NOW, now: () => NOW + 50, ...more })

describe('readIceConfiguration', () => {
  it('reads the expiry of a Twilio token that the backend has cached for 23 hours', () => {
    const created = new Date(NOW - 23 * 3_600_000).toUTCString().replace('GMT', '+0000')
    const body = { ice_servers: [{ urls: 'turn:t', ...credentials }], date_created: created, ttl: '86400' }
    expect(read(body).expiresAt - NOW).toBe(3_600_000)
  })

  it('names the backend’s cache if the credentials have expired since their issue time', () => {
    const body = { iceServers: [{ urls: 'stun:s' }], date_created: NOW - 60_001, ttl: 60 }
    expect(errorOf(() => read(body))).toMatchObject({
      code: 'ERR_EXPIRED',
      message:
        'the credentials have already expired (ttl): the lifetime counts from the issue time in the response, so the backend caches them for too long',
    })
  })

  it.each([
    ['100', 100],
    ['100, 100', 100],
    ['100,40', 100],
    [' 100', 100],
    ['-100', 0],
    ['x, 100', 0],
  ])('subtracts the first value of the Age %j', (age, seconds) => {
    const body = { iceServers: [{ urls: 'stun:s' }], ttl: 600 }
    const { expiresAt } = read(body, { headers: new Headers({ age }) })
    expect((expiresAt - NOW) / 1000).toBe(600 - seconds)
  })

  it('reads a Date object that an endpoint function returns', () => {
    const body = { iceServers: [{ urls: 'stun:s' }], expiresOn: new Date(NOW + 60_000) }
    expect(read(body)).toMatchObject({ expiresAt: NOW + 60_000, expirySource: 'expiresAt' })
  })

  it.each([NOW - 1, NOW + 50])('rejects credentials that expired at %d, before they arrived', (expiresAt) => {
    expect(errorOf(() => read({ iceServers: [{ urls: 'stun:s' }], expiresAt }))).toMatchObject({
      code: 'ERR_EXPIRED',
      message:
        'the credentials have already expired (expiresAt): is the clock of the backend or of this device wrong?',
    })
  })

  it.each([0, -5])('names a ttl of %d', (ttl) => {
    expect(errorOf(() => read({ iceServers: [{ urls: 'stun:s' }], ttl }))).toMatchObject({
      code: 'ERR_EXPIRED',
      message: 'ttl is 0 or less: the backend returned credentials that are already expired',
    })
  })

  it('names the clocks if a positive ttl has passed', () => {
    const headers = new Headers({ age: '60' })
    expect(errorOf(() => read({ iceServers: [{ urls: 'stun:s' }], ttl: 60 }, { headers })).message).toMatch(
      /^the credentials have already expired \(ttl\)/,
    )
  })
})

describe('readResponse', () => {
  const headers = new Headers({ date: new Date(NOW).toUTCString() })
  const responseOf = (username: string) => ({
    iceServers: [{ urls: 'turn:t', username, credential: 'c' }],
    ttl: 3600,
  })
  const readAt = (sentAt: number, body: unknown, memory: ResponseMemory, more = {}) =>
    readResponse(body, { sentAt, now: () => sentAt, headers, ...more }, memory)

  it.each<[string, object, object]>([
    ['a ttl', {}, {}],
    ['no lifetime', { ttl: undefined }, {}],
    [
      'an expiresAt by another clock',
      { expiresAt: NOW + 3 * HOUR },
      { headers: new Headers({ date: new Date(NOW + 2 * HOUR).toUTCString() }) },
    ],
    ['the server’s time in its body', { serverTime: NOW }, { headers: undefined }],
    [
      'a max-age',
      { ttl: undefined },
      { headers: new Headers({ date: new Date(NOW).toUTCString(), 'cache-control': 'max-age=3600' }) },
    ],
  ])('does not move the expiry of a stored response with %s and without Age', (_, members, more) => {
    const memory = new ResponseMemory()
    const body = { ...responseOf('u'), ...members }
    const first = readAt(NOW, body, memory, more)
    for (const minutes of [10, 59]) {
      const again = readAt(NOW + minutes * MINUTE, body, memory, more)
      expect([again.expiresAt, again.fetchedAt]).toEqual([first.expiresAt, NOW + minutes * MINUTE])
    }
  })

  it.each<[string, unknown, object]>([
    ['other credentials', responseOf('v'), {}],
    [
      'another Date',
      responseOf('u'),
      { headers: new Headers({ date: new Date(NOW + MINUTE).toUTCString() }) },
    ],
    ['no Date', responseOf('u'), { headers: undefined }],
  ])('takes a response with %s for a new one', (_, body, more) => {
    const memory = new ResponseMemory()
    readAt(NOW, responseOf('u'), memory)
    expect(readAt(NOW + 10 * MINUTE, body, memory, more).expiresAt).toBe(NOW + 10 * MINUTE + HOUR)
  })

  it('uses the Age of a stored response if that is greater', () => {
    const memory = new ResponseMemory()
    readAt(NOW, responseOf('u'), memory)
    const aged = new Headers({ date: new Date(NOW).toUTCString(), age: '3000' })
    expect(readAt(NOW + 10 * MINUTE, responseOf('u'), memory, { headers: aged }).expiresAt).toBe(
      NOW + 20 * MINUTE,
    )
  })

  it('names a cache and a service worker if credentials that were received before have expired', () => {
    const memory = new ResponseMemory()
    readAt(NOW, responseOf('u'), memory)
    expect(errorOf(() => readAt(NOW + HOUR, responseOf('u'), memory))).toMatchObject({
      code: 'ERR_EXPIRED',
      message:
        'the credentials have already expired (ttl), and were received before: a cache or a service worker returns an old response, or the backend returns old credentials',
    })
  })
})
