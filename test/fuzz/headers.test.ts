import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRetryAfterMs } from '../../src/config/retry-after.js'
import { type IceServerError, IceServerProvider, readIceConfiguration } from '../../src/index.js'
import { expectHarmless, expectSound } from '../support/configuration-rules.js'
import { FUZZ_TIMEOUT, runs } from '../support/fuzz.js'
import { SECRET } from '../support/hostile-values.js'
import { NOW } from '../support/time.js'

const ICE_SERVERS = [{ urls: 'turn:t.org', username: SECRET, credential: SECRET }]

const texts = fc.stringMatching(/^[ -~\t\xa0-\xff]{0,30}$/)
const digits = fc.oneof(
  fc.nat(1e6).map(String),
  fc.constantFrom(
    '9'.repeat(20),
    '9'.repeat(308),
    '9'.repeat(400),
    '-99999',
    '-0',
    '1.5',
    '1e9',
    '0x10',
    '5s',
  ),
)
const dates = fc.oneof(
  fc.integer({ min: -1e6, max: 1e6 }).map((seconds) => new Date(NOW + seconds * 1000).toUTCString()),
  fc.constantFrom(
    'Tue, 24 Nov 2026',
    'Sat, 31 Dec 275760 00:00:00 GMT',
    'Thu, 01 Jan 1970 00:00:00 GMT',
    'GMT',
  ),
  fc.constantFrom(
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
    'Mon, 32 Dec 2026 25:61:61 GMT',
  ),
)
const anyOf = (...kinds: fc.Arbitrary<string>[]) => fc.oneof(...kinds, digits, dates, texts)
const cacheControls = fc
  .tuple(fc.constantFrom('max-age=', 'no-store, max-age=', 'private,s-maxage=', 'MAX-AGE="', ''), digits)
  .map(([directive, number]) => `${directive}${number}${directive.endsWith('"') ? '"' : ''}`)

const headerSets = fc
  .record(
    {
      date: anyOf(),
      age: anyOf(),
      expires: anyOf(),
      'retry-after': anyOf(),
      'cache-control': anyOf(cacheControls),
      'content-type': anyOf(fc.constantFrom('application/json', 'text/html', 'application/problem+json')),
    },
    { requiredKeys: [] },
  )
  .map((members) => new Headers(members as Record<string, string>))

const lifetimes = fc.record(
  {
    ttl: fc.integer({ min: 1, max: 1e6 }),
    expiresAt: fc.integer({ min: -1e6, max: 1e6 }).map((seconds) => NOW + seconds * 1000),
  },
  { requiredKeys: [] },
)

describe('readIceConfiguration', () => {
  it('returns a sound configuration or throws a harmless error for any headers', FUZZ_TIMEOUT, () => {
    const response = fc.record({ iceServers: fc.constant(ICE_SERVERS) })
    fc.assert(
      fc.property(headerSets, response, lifetimes, fc.nat(60_000), (headers, body, lifetime, durationMs) => {
        const options = { headers, sentAt: NOW - durationMs, now: () => NOW, defaultTtlSeconds: 600 }
        try {
          const configuration = readIceConfiguration({ ...body, ...lifetime }, options)
          expectSound(configuration, NOW)
          const { expiresAt, fetchedAt } = configuration
          if (lifetime.ttl) expect(expiresAt).toBeLessThanOrEqual(fetchedAt + lifetime.ttl * 1000)
        } catch (error) {
          expectHarmless(error)
        }
      }),
      runs(1000),
    )
  })
})

describe('parseRetryAfterMs', () => {
  it('returns undefined or a number of ms that is not negative for any headers', FUZZ_TIMEOUT, () => {
    fc.assert(
      fc.property(headerSets, (headers) => {
        const delayMs = parseRetryAfterMs(headers, NOW) ?? 0
        expect(Number.isFinite(delayMs) && delayMs >= 0).toBe(true)
      }),
      runs(1000),
    )
  })
})

describe('IceServerProvider', () => {
  it(
    'returns servers or throws a harmless error for any headers, status and body',
    FUZZ_TIMEOUT,
    async () => {
      const bodies = fc.oneof(texts, fc.json(), fc.constant(JSON.stringify(ICE_SERVERS)))
      const statuses = fc.constantFrom(200, 200, 200, 201, 204, 304, 400, 401, 403, 404, 429, 500, 503, 599)
      await fc.assert(
        fc.asyncProperty(headerSets, bodies, statuses, async (headers, body, status) => {
          const mayHaveBody = status !== 204 && status !== 304
          const fetch = async () => new Response(mayHaveBody ? body : null, { headers, status })
          const provider = new IceServerProvider('https://app.test/ice', {
            fetch,
            now: () => NOW,
            retryLimit: 0,
          })
          try {
            expectSound(await provider.getConfiguration(), NOW)
            expect(status).toBeLessThan(300)
          } catch (error) {
            expectHarmless(error)
            const { code, retryAfterMs = 0 } = error as IceServerError
            expect([status === 401 || status === 403, retryAfterMs >= 0]).toEqual([
              code === 'ERR_DENIED',
              true,
            ])
          } finally {
            provider.close()
          }
        }),
        runs(300),
      )
    },
  )
})
