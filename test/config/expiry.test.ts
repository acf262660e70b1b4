import { describe, expect, it } from 'vitest'
import { type ExpiryInputs, resolveExpiry } from '../../src/config/expiry.js'
import { pickExpiryFields } from '../../src/config/expiry-fields.js'
import { errorOf } from '../support/error-of.js'
import { HOUR, NOW } from '../support/time.js'

const seconds = (ms: number) => Math.round(ms / 1000)
const httpDate = (ms: number) => new Date(ms).toUTCString()

const DAY = 24 * HOUR

interface Received {
  body?: Record<string, unknown>
  server?: Record<string, unknown>
  usernames?: string[]
  headers?: Record<string, string> | undefined
}

function resolve({ body = {}, server = {}, usernames = [], headers }: Received) {
  const { expiresAt, expirySource } = resolveAll({ body, server, usernames, headers })
  return [expirySource, expiresAt - NOW]
}

function resolveAll({ body = {}, server = {}, usernames = [], headers }: Received) {
  const expiryFields = [body, server].flatMap(pickExpiryFields)
  const inputs: ExpiryInputs = { expiryFields, usernames, defaultTtlSeconds: 600 }
  return resolveExpiry(inputs, { sentAt: NOW, headers: headers ? new Headers(headers) : undefined })
}

describe('resolveExpiry', () => {
  it.each<[string, Received, unknown]>([
    ['expiresAt in ISO', { body: { expiresAt: '2026-11-24T01:00:00Z' } }, ['expiresAt', HOUR]],
    ['expiresAt in ms', { body: { expiresAt: NOW + HOUR } }, ['expiresAt', HOUR]],
    ['expires_at in seconds', { body: { expires_at: seconds(NOW + HOUR) } }, ['expiresAt', HOUR]],
    ['ttl', { body: { ttl: 3600 } }, ['ttl', HOUR]],
    ['ttl as a string (Twilio)', { body: { ttl: '3600' } }, ['ttl', HOUR]],
    ['Ttl of a server (AWS)', { server: { Ttl: 300 } }, ['ttl', 300_000]],
    ['expires_in', { body: { expires_in: 3600 } }, ['ttl', HOUR]],
    ['expiresIn', { body: { expiresIn: 3600 } }, ['ttl', HOUR]],
    ['expiryInSeconds', { body: { expiryInSeconds: 3600 } }, ['ttl', HOUR]],
    ['lifetimeDuration', { body: { lifetimeDuration: '3600.000s' } }, ['ttl', HOUR]],
    ['expires as a moment (XEP-0215)', { server: { expires: '2026-11-24T01:00:00Z' } }, ['expiresAt', HOUR]],
    ['expires as a duration', { body: { expires: 3600 } }, ['ttl', HOUR]],
    ['expires as a duration in text', { body: { expires: '3600' } }, ['ttl', HOUR]],
    ['expires in seconds', { body: { expires: seconds(NOW + HOUR) } }, ['expiresAt', HOUR]],
    ['expiresOn (Azure)', { body: { expiresOn: '2026-11-24T01:00:00.0000000+00:00' } }, ['expiresAt', HOUR]],
    ['expires_on as a Date', { body: { expires_on: new Date(NOW + HOUR) } }, ['expiresAt', HOUR]],
    ['ExpiresAt', { body: { ExpiresAt: '2026-11-24 01:00:00+00' } }, ['expiresAt', HOUR]],
    ['expiration', { body: { expiration: NOW + HOUR } }, ['expiresAt', HOUR]],
    ['valid_until', { body: { valid_until: NOW + HOUR } }, ['expiresAt', HOUR]],
    ['lifetime', { body: { lifetime: 3600 } }, ['ttl', HOUR]],
    ['a Unix time in ttl', { body: { ttl: seconds(NOW + HOUR) } }, ['expiresAt', HOUR]],
    ['a date in ttl', { body: { ttl: '2026-11-24T01:00:00Z' } }, ['expiresAt', HOUR]],
    ['a username', { usernames: [`${seconds(NOW + HOUR)}:user`] }, ['username', HOUR]],
    ['a username in ms', { usernames: [`${NOW + HOUR}:user`] }, ['username', HOUR]],
    ['a username without a user', { usernames: [`${seconds(NOW + HOUR)}`] }, ['username', HOUR]],
    ['a username that ends with it', { usernames: [`user:${seconds(NOW + HOUR)}`] }, ['username', HOUR]],
    ['a username with another separator', { usernames: [`${seconds(NOW + HOUR)}|user`] }, ['username', HOUR]],
    ['the same in reverse', { usernames: [`user|${seconds(NOW + HOUR)}`] }, ['username', HOUR]],
    ['a username in ms at its end', { usernames: [`a-b.${NOW + HOUR}`] }, ['username', HOUR]],
    [
      'the only end of a username that is a timestamp',
      { usernames: [`4155550123:${seconds(NOW + HOUR)}`] },
      ['username', HOUR],
    ],
    ['Cache-Control', { headers: { 'cache-control': 'private, max-age=120' } }, ['cache-control', 120_000]],
    ['Expires', { headers: { expires: httpDate(NOW + HOUR) } }, ['expires', HOUR]],
    ['the default', {}, ['default', 600_000]],
  ])('reads the expiry from %s', (_, received, expected) => {
    expect(resolve(received)).toEqual(expected)
  })

  it.each<[string, Received, unknown]>([
    ['a ttl that is earlier than expiresAt', { body: { ttl: 60, expiresAt: NOW + HOUR } }, ['ttl', 60_000]],
    [
      'an expiresAt that is earlier than the ttl',
      { body: { ttl: 7200, expiresAt: NOW + HOUR } },
      ['expiresAt', HOUR],
    ],
    [
      'a username that is earlier than the ttl',
      { body: { ttl: 7200 }, usernames: [`${seconds(NOW + HOUR)}:u`] },
      ['username', HOUR],
    ],
    [
      'the earlier of two usernames',
      { usernames: [`${seconds(NOW + 2 * HOUR)}:u`, `${seconds(NOW + HOUR)}:u`] },
      ['username', HOUR],
    ],
    [
      'a later expiry in the body to an earlier one in the headers',
      { body: { ttl: 7200 }, headers: { 'cache-control': 'max-age=60' } },
      ['ttl', 7_200_000],
    ],
    [
      'Cache-Control to Expires',
      { headers: { 'cache-control': 'max-age=60', expires: httpDate(NOW + HOUR) } },
      ['cache-control', 60_000],
    ],
    ['an expiry in the past to the default', { body: { expiresAt: NOW - HOUR } }, ['expiresAt', -HOUR]],
  ])('prefers %s', (_, received, expected) => {
    expect(resolve(received)).toEqual(expected)
  })

  it.each<[string, Received]>([
    ['null', { body: { ttl: null, expiresAt: null } }],
    ['undefined', { body: { ttl: undefined } }],
    ['Expires at the time of the request', { headers: { expires: httpDate(NOW) } }],
    [
      'an opaque username',
      { usernames: ['1234567890abcdef', 'bob:1234567890', 'bob1795485600', '12345678901:u'] },
    ],
    ['timestamps at both ends', { usernames: ['1795485600:1795485601'] }],
    [
      'numbers that are not timestamps',
      { usernames: ['1234567890', '4155550123', '4155550123:al', '9999999999999:x'] },
    ],
    ['no-store', { headers: { 'cache-control': 'no-store' } }],
    ['max-age=0', { headers: { 'cache-control': 'max-age=0, must-revalidate' } }],
    ['s-maxage', { headers: { 'cache-control': 's-maxage=60' } }],
    ['Expires: 0', { headers: { expires: '0' } }],
    ['Expires in the past', { headers: { expires: httpDate(NOW - HOUR) } }],
    ['inherited members', { body: Object.create({ ttl: 60 }) }],
  ])('ignores %s', (_, received) => {
    expect(resolve(received)).toEqual(['default', 600_000])
  })

  it.each<[string, Record<string, unknown>, number]>([
    ['date_created (Twilio)', { date_created: 'Mon, 23 Nov 2026 01:00:00 +0000', ttl: '86400' }, HOUR],
    ['created_at', { created_at: '2026-11-23 23:30:00', ttl: 3600 }, HOUR / 2],
    ['issuedAt', { issuedAt: NOW - HOUR, expiresIn: 3601 }, 1000],
    ['iat (JWT)', { iat: seconds(NOW - HOUR), expires_in: 7200 }, HOUR],
    ['no issue time', { ttl: 3600 }, HOUR],
    ['an issue time in the future', { issuedAt: NOW + HOUR, ttl: 3600 }, HOUR],
    ['an issue time of years ago', { createdAt: '2019-11-24T00:00:00Z', ttl: 3600 }, HOUR],
    ['an unreadable issue time', { createdAt: 'yesterday', ttl: 3600 }, HOUR],
  ])('counts a lifetime from %s', (_, body, lifetimeMs) => {
    expect(resolve({ body })).toEqual(['ttl', lifetimeMs])
  })

  it('corrects an issue time by the server’s Date', () => {
    const body = { date_created: new Date(NOW + HOUR).toUTCString(), ttl: 7200 }
    expect(resolve({ body, headers: { date: httpDate(NOW + 2 * HOUR) } })).toEqual(['ttl', HOUR - 999])
  })

  it.each<[string, Record<string, unknown>, unknown]>([
    ['ttl', { expiresIn: 'soon', ttl: 60 }, ['expiresIn in the response must be a number of seconds']],
    [
      'expiresAt',
      { expires: 'never', expiresAt: NOW + 60_000 },
      ['expires in the response must be a Unix time or an ISO 8601 date'],
    ],
  ])('uses a readable %s beside an unreadable lifetime, and reports that', (_, body, problems) => {
    const { expiresAt, ...rest } = resolveAll({ body })
    expect([expiresAt - NOW, rest.problems]).toEqual([60_000, problems])
  })

  it('uses the timestamp of a username beside an unreadable lifetime', () => {
    const { expirySource, problems } = resolveAll({
      body: { ttl: 'soon' },
      usernames: [`${seconds(NOW + HOUR)}:u`],
    })
    expect([expirySource, problems.length]).toEqual(['username', 1])
  })

  it.each<[Record<string, unknown>, string]>([
    [
      { ttl: 86_400_000 },
      'ttl in the response is too far in the future, so it counts as a day: ttl is in seconds',
    ],
    [
      { ttl: 14 * 86_400_000 }, // as a Unix time it would be in 2008
      'ttl in the response is too far in the future, so it counts as a day: ttl is in seconds',
    ],
    [
      { expires_in: 30 * 86_400 + 1 },
      'expires_in in the response is too far in the future, so it counts as a day: expires_in is in seconds',
    ],
    [
      { expiresAt: (NOW + HOUR) * 1000 },
      'expiresAt in the response is too far in the future, so it counts as a day: a Unix time is in seconds or ms',
    ],
  ])('uses credentials with %j, which is in the wrong unit, for a day', (body, problem) => {
    const { expiresAt, problems } = resolveAll({ body })
    expect([expiresAt - NOW, problems]).toEqual([DAY, [problem]])
    expect(resolve({ body: { ...body, expiry: NOW + HOUR } })).toEqual(['expiresAt', HOUR])
  })

  it.each([{ ttl: 30 * 86_400 }, { expiresAt: '2030-01-01T00:00:00Z' }, { expiresAt: NOW + 300 * DAY }])(
    'uses credentials with %j as long as that says',
    (body) => {
      const { expiresAt, problems } = resolveAll({ body })
      expect(expiresAt - NOW).toBeGreaterThanOrEqual(30 * DAY)
      expect(problems).toEqual([])
    },
  )

  it.each(['soon', '', {}, true, '1h', [3600]])(
    'rejects the unreadable ttl %j and names the member',
    (ttl) => {
      const error = errorOf(() => resolve({ body: { ttl } }))
      expect(error).toMatchObject({
        code: 'ERR_RESPONSE',
        message: 'ttl in the response must be a number of seconds',
      })
    },
  )

  it('rejects an unreadable expiresAt and names the member', () => {
    expect(errorOf(() => resolve({ body: { expires_at: 'soon' } }))).toMatchObject({
      code: 'ERR_RESPONSE',
      message: 'expires_at in the response must be a Unix time or an ISO 8601 date',
    })
  })

  it.each([2 * HOUR, -2 * HOUR])('corrects times by the server’s Date, which differs by %d ms', (off) => {
    const headers = { date: httpDate(NOW + off) }
    const expiresAt = NOW + off + HOUR
    for (const received of [{ body: { expiresAt } }, { usernames: [`${seconds(expiresAt)}:u`] }]) {
      const [, lifetime] = resolve({ ...received, headers })
      expect(lifetime).toBe(HOUR - 999) // Date has whole seconds, and the earliest expiry is the safe one.
    }
    expect(resolve({ headers: { ...headers, expires: httpDate(expiresAt) } })).toEqual([
      'expires',
      HOUR - 999,
    ])
    expect(resolve({ body: { ttl: 3600 }, headers })).toEqual(['ttl', HOUR])
  })

  it('recognizes the timestamp in a username by the server’s Date if the client’s clock is years off', () => {
    for (const off of [3, -3].map((years) => years * 365 * 24 * HOUR)) {
      const received = {
        usernames: [`${seconds(NOW + off + HOUR)}:u`],
        headers: { date: httpDate(NOW + off) },
      }
      expect(resolve(received)).toEqual(['username', HOUR - 999])
    }
  })

  it('prefers an exact serverTime in the body to the Date header', () => {
    const body = { serverTime: NOW + 2 * HOUR + 1, expiresAt: NOW + 3 * HOUR }
    expect(resolve({ body, headers: { date: httpDate(NOW) } })).toEqual(['expiresAt', HOUR - 1])
  })
})
