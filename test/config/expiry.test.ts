import { describe, expect, it } from 'vitest'
import { type ExpiryInputs, resolveExpiry } from '../../src/config/expiry.js'
import { errorOf } from '../support/error-of.js'

const NOW = Date.UTC(2026, 10, 24, 10, 0, 0)
const HOUR = 3_600_000
const seconds = (ms: number) => Math.round(ms / 1000)
const httpDate = (ms: number) => new Date(ms).toUTCString()

interface Given {
  body?: Record<string, unknown>
  server?: Record<string, unknown>
  usernames?: string[]
  headers?: Record<string, string>
}

function resolve({ body = {}, server = {}, usernames = [], headers }: Given) {
  const clues: ExpiryInputs = { expiryFields: [body, server], usernames, defaultTtlSeconds: 600 }
  const { expiresAt, expirySource } = resolveExpiry(clues, {
    sentAt: NOW,
    headers: headers ? new Headers(headers) : undefined,
  })
  return [expirySource, expiresAt - NOW]
}

describe('resolveExpiry', () => {
  it.each<[string, Given, unknown]>([
    ['expiresAt in ISO', { body: { expiresAt: '2026-11-24T11:00:00Z' } }, ['expiresAt', HOUR]],
    ['expiresAt in ms', { body: { expiresAt: NOW + HOUR } }, ['expiresAt', HOUR]],
    ['expires_at in seconds', { body: { expires_at: seconds(NOW + HOUR) } }, ['expiresAt', HOUR]],
    ['ttl', { body: { ttl: 3600 } }, ['ttl', HOUR]],
    ['ttl as a string (Twilio)', { body: { ttl: '3600' } }, ['ttl', HOUR]],
    ['Ttl of a server (AWS)', { server: { Ttl: 300 } }, ['ttl', 300_000]],
    ['expires_in', { body: { expires_in: 3600 } }, ['ttl', HOUR]],
    ['expiresIn', { body: { expiresIn: 3600 } }, ['ttl', HOUR]],
    ['expiryInSeconds', { body: { expiryInSeconds: 3600 } }, ['ttl', HOUR]],
    ['lifetimeDuration', { body: { lifetimeDuration: '3600.000s' } }, ['ttl', HOUR]],
    ['a username', { usernames: [`${seconds(NOW + HOUR)}:user`] }, ['username', HOUR]],
    ['a username in ms', { usernames: [`${NOW + HOUR}:user`] }, ['username', HOUR]],
    ['a username without a user', { usernames: [`${seconds(NOW + HOUR)}`] }, ['username', HOUR]],
    ['Cache-Control', { headers: { 'cache-control': 'private, max-age=120' } }, ['cache-control', 120_000]],
    ['Expires', { headers: { expires: httpDate(NOW + HOUR) } }, ['expires', HOUR]],
    ['nothing', {}, ['default', 600_000]],
  ])('finds the end in %s', (_, given, expected) => {
    expect(resolve(given)).toEqual(expected)
  })

  it.each<[string, Given, unknown]>([
    ['ttl before expiresAt', { body: { ttl: 60, expiresAt: NOW + HOUR } }, ['ttl', 60_000]],
    ['expiresAt before ttl', { body: { ttl: 7200, expiresAt: NOW + HOUR } }, ['expiresAt', HOUR]],
    [
      'a username before ttl',
      { body: { ttl: 7200 }, usernames: [`${seconds(NOW + HOUR)}:u`] },
      ['username', HOUR],
    ],
    [
      'the first of two usernames',
      { usernames: [`${seconds(NOW + 2 * HOUR)}:u`, `${seconds(NOW + HOUR)}:u`] },
      ['username', HOUR],
    ],
    [
      'the body before the headers, however late',
      { body: { ttl: 7200 }, headers: { 'cache-control': 'max-age=60' } },
      ['ttl', 7_200_000],
    ],
    [
      'Cache-Control before Expires',
      { headers: { 'cache-control': 'max-age=60', expires: httpDate(NOW + HOUR) } },
      ['cache-control', 60_000],
    ],
    ['an end that is already past, as it stands', { body: { expiresAt: NOW - HOUR } }, ['expiresAt', -HOUR]],
  ])('takes %s', (_, given, expected) => {
    expect(resolve(given)).toEqual(expected)
  })

  it.each<[string, Given]>([
    ['null', { body: { ttl: null, expiresAt: null } }],
    ['nothing', { body: { ttl: undefined } }],
    ['Expires at this moment', { headers: { expires: httpDate(NOW) } }],
    ['an opaque username', { usernames: ['1234567890abcdef', 'bob:1795485600', '12345678901:u'] }],
    [
      'numbers that are no timestamps',
      { usernames: ['1234567890', '4155550123', '4155550123:al', '9999999999999:x'] },
    ],
    ['no-store', { headers: { 'cache-control': 'no-store' } }],
    ['max-age=0', { headers: { 'cache-control': 'max-age=0, must-revalidate' } }],
    ['s-maxage', { headers: { 'cache-control': 's-maxage=60' } }],
    ['Expires: 0', { headers: { expires: '0' } }],
    ['Expires in the past', { headers: { expires: httpDate(NOW - HOUR) } }],
    ['inherited members', { body: Object.create({ ttl: 60 }) }],
  ])('learns nothing from %s', (_, given) => {
    expect(resolve(given)).toEqual(['default', 600_000])
  })

  it.each(['soon', '', {}, true, '1h', [3600]])('refuses the unreadable ttl %j by its name', (ttl) => {
    const error = errorOf(() => resolve({ body: { ttl } }))
    expect(error).toMatchObject({ code: 'ERR_RESPONSE', message: 'ttl: is not a readable time' })
  })

  it.each([2 * HOUR, -2 * HOUR])('corrects moments by the server’s Date, off by %d ms', (off) => {
    const headers = { date: httpDate(NOW + off) }
    const end = NOW + off + HOUR
    for (const given of [{ body: { expiresAt: end } }, { usernames: [`${seconds(end)}:u`] }]) {
      const [, lifetime] = resolve({ ...given, headers })
      expect(lifetime).toBe(HOUR - 999) // Date has whole seconds, and the earliest end is the safe one
    }
    expect(resolve({ headers: { ...headers, expires: httpDate(end) } })).toEqual(['expires', HOUR - 999])
    expect(resolve({ body: { ttl: 3600 }, headers })).toEqual(['ttl', HOUR])
  })

  it('tells the timestamp of a username by the server’s Date, where the client’s clock is years off', () => {
    for (const off of [3, -3].map((years) => years * 365 * 24 * HOUR)) {
      const given = { usernames: [`${seconds(NOW + off + HOUR)}:u`], headers: { date: httpDate(NOW + off) } }
      expect(resolve(given)).toEqual(['username', HOUR - 999])
    }
  })

  it('prefers an exact serverTime in the body', () => {
    const body = { serverTime: NOW + 2 * HOUR + 1, expiresAt: NOW + 3 * HOUR }
    expect(resolve({ body, headers: { date: httpDate(NOW) } })).toEqual(['expiresAt', HOUR - 1])
  })
})
