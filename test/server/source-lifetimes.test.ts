import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCloudflareTurn, createTurnRestCredentials } from '../../src/server/index.js'
import { createTestHandler } from '../support/handler.js'
import { useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

const HOUR_SECONDS = 3600
const turn = { urls: ['turn:t.org'], username: 'u', credential: 'c' }
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds
const isoIn = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()

/** What a handler responds whose source returns a value. */
async function respond(returned: unknown, ttl = HOUR_SECONDS) {
  const { request, onError } = createTestHandler({ source: () => returned, ttl })
  const response = await request()
  const body = await response.json()
  return {
    status: response.status,
    body,
    lifetime: (Date.parse(body.expiresAt) - Date.now()) / 1000,
    onError,
  }
}

/** Objects of SDKs have classes, and members that are not those of the response. */
class TokenInstance {
  accountSid = 'AC1'
  dateCreated = new Date(Date.now() - 60_000)
  iceServers = [{ url: 'turn:t.org', urls: 'turn:t.org', username: 'u', credential: 'c' }]
  password = 'c'
  ttl = '600'
  username = 'u'
  toJSON() {
    return {}
  }
}

describe('createIceServersHandler: the lifetime in a response', () => {
  it.each<[string, () => unknown, number]>([
    ['a list', () => [turn], 3600],
    ['a list with a lifetime in a server', () => [{ ...turn, ttl: 600 }], 600],
    ['one server', () => ({ ...turn, expiresIn: 600 }), 600],
    ['ttl', () => ({ iceServers: [turn], ttl: 600 }), 600],
    ['ttl as text', () => ({ iceServers: [turn], ttl: '600' }), 600],
    ['expiresAt in ms', () => ({ iceServers: [turn], expiresAt: Date.now() + 600_000 }), 600],
    ['expiresAt in seconds', () => ({ iceServers: [turn], expiresAt: inSeconds(600) }), 600],
    ['expiresAt as Date', () => ({ iceServers: [turn], expiresAt: new Date(Date.now() + 600_000) }), 600],
    ['expires_at', () => ({ iceServers: [turn], expires_at: isoIn(600) }), 600],
    ['the longer lifetime of a source', () => ({ iceServers: [turn], ttl: 86_400 }), 3600],
    ['the earliest of two', () => ({ iceServers: [turn], ttl: 600, expiresAt: isoIn(300) }), 300],
    ['the username', () => [{ ...turn, username: `${inSeconds(600)}:alice` }], 600],
    [
      'the earliest username',
      () => [turn, { ...turn, urls: 'turn:b.org', username: `${inSeconds(9)}:a` }],
      9,
    ],
    ['an envelope', () => ({ data: { iceServers: [turn], ttl: 600 } }), 600],
    ['TURN REST and Matrix', () => ({ username: 'u', password: 'p', ttl: 600, uris: ['turn:t.org'] }), 600],
    ['the Twilio API', () => ({ ice_servers: [turn], ttl: '600', date_created: isoIn(-60) }), 540],
    ['the Twilio SDK', () => new TokenInstance(), 540],
    [
      'the AWS SDK',
      () => ({
        $metadata: {},
        IceServerList: [{ Uris: ['turn:t.org'], Username: 'u', Password: 'p', Ttl: 300 }],
      }),
      300,
    ],
    [
      'the Azure SDK',
      () => ({
        expiresOn: new Date(Date.now() + 600_000),
        iceServers: [{ ...turn, routeType: 'any' }],
      }),
      600,
    ],
    ['Google', () => ({ lifetimeDuration: '600.000s', iceServers: [turn] }), 600],
    ['Xirsys', () => ({ v: { iceServers: turn }, s: 'ok' }), 3600],
    ['Response', () => Response.json({ iceServers: [turn], ttl: 600 }), 600],
    [
      'Response with the clock of its server',
      () =>
        Response.json(
          { iceServers: [turn], expiresAt: new Date(Date.now() + 86_400_000 + 600_000) },
          { headers: { date: new Date(Date.now() + 86_400_000).toUTCString() } },
        ),
      600 - 0.999,
    ],
    ['cache headers', () => Response.json([turn], { headers: { 'cache-control': 'max-age=600' } }), 600],
  ])(
    'is the shortest that the handler, the source and its usernames say: %s',
    async (_, returned, expected) => {
      const { status, body, lifetime } = await respond(returned())
      expect(status).toBe(200)
      expect(lifetime).toBe(expected)
      expect(body.ttl).toBe(Math.floor(expected))
    },
  )

  it('is that of another handler', async () => {
    const inner = createTestHandler({ source: () => ({ iceServers: [turn], ttl: 600 }) })
    const { lifetime, body } = await respond(await inner.request())
    expect([lifetime, body.ttl]).toEqual([599.001, 599]) // the header `Date` has whole seconds
    const innerBody = await (await inner.request()).json()
    expect((await respond(innerBody)).lifetime).toBe(600)
  })

  it('is that of the timestamp that Cloudflare puts into usernames', async () => {
    const iceServers = { ...turn, username: `${inSeconds(600)}:user` }
    const fetch = async () => Response.json({ iceServers }, { status: 201 })
    const cloudflare = createCloudflareTurn({ keyId: 'k', keySecret: 's', fetch })
    const { ttl, expiresAt } = await cloudflare.generateCredentials()
    expect([ttl, expiresAt]).toEqual([600, inSeconds(600) * 1000])
  })

  it('is at least one second for credentials that are valid', async () => {
    const { status, body, lifetime } = await respond({ iceServers: [turn], expiresAt: Date.now() + 400 })
    expect([status, body.ttl, lifetime]).toEqual([200, 1, 0.4])
  })

  it.each<[string, () => unknown]>([
    ['ttl 0', () => ({ iceServers: [turn], ttl: 0 })],
    ['a negative ttl', () => ({ iceServers: [turn], ttl: -1 })],
    ['a past moment', () => ({ iceServers: [turn], expires_at: isoIn(-1) })],
    ['a past username', () => [{ ...turn, username: `${inSeconds(-1)}:alice` }]],
    ['a cached Twilio token', () => ({ ice_servers: [turn], ttl: '600', date_created: isoIn(-601) })],
  ])('is never in the past: responds 502 after %s', async (_, returned) => {
    const { status, onError } = await respond(returned())
    expect(status).toBe(502)
    expect(onError.mock.calls[0]?.[0].message).toMatch(
      /^source returned credentials that have already expired/,
    )
  })

  it.each(['keep', 'drop'])('is passed on with afterExpiry: %s', async (afterExpiry) => {
    expect((await respond({ iceServers: [turn], afterExpiry })).body.afterExpiry).toBe(afterExpiry)
    expect(
      (await respond({ data: { ice_servers: [turn], after_expiry: afterExpiry } })).body.afterExpiry,
    ).toBe(afterExpiry)
  })

  it('has the afterExpiry drop with Cloudflare, and only that of the option with TURN REST', async () => {
    const fetch = async () => Response.json({ iceServers: turn })
    const cloudflare = createTestHandler({
      source: createCloudflareTurn({ keyId: 'k', keySecret: 's', fetch }),
    })
    expect((await (await cloudflare.request()).json()).afterExpiry).toBe('drop')
    const restOf = async (options: object) => {
      const source = createTurnRestCredentials({ secret: 'x', urls: 'turn:t.org', ...options })
      return (await createTestHandler({ source }).request()).json()
    }
    expect(await restOf({})).not.toHaveProperty('afterExpiry')
    expect(await restOf({ afterExpiry: 'keep' })).toHaveProperty('afterExpiry', 'keep')
  })
})
