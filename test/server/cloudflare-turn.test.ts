import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { fetchTURNServers } from '../../src/server/index.js'
import { KEY_ID, KEY_SECRET, STUN, URLS } from '../support/cloudflare-emulator.js'
import { errorOf, rejectionOf } from '../support/error-of.js'
import { sendJson } from '../support/http-server.js'
import { useCloudflareEmulator } from '../support/use-cloudflare-emulator.js'

const { cloudflare, createTurn: create } = useCloudflareEmulator()

const calls = () => cloudflare().calls.map(({ call }) => call.replace(KEY_ID, '{id}'))
const credentials = { username: expect.stringMatching(/^\d{10}:user$/), credential: 'issued-credential' }

describe('createCloudflareTurn: generateCredentials', () => {
  it('requests the path of the reference with the default ttl', async () => {
    const before = Date.now()
    const { iceServers, ttl, expiresAt, afterExpiry } = await create().generateCredentials()
    expect(afterExpiry).toBe('drop')
    expect(iceServers).toEqual([{ urls: [STUN, ...URLS], ...credentials }])
    expect(ttl).toBe(3600)
    expect(Math.abs(expiresAt - before - 3_600_000)).toBeLessThan(2000)
    expect(cloudflare().calls).toEqual([
      {
        call: `POST /v1/turn/keys/${KEY_ID}/credentials/generate`,
        body: { ttl: 3600 },
        authorization: `Bearer ${KEY_SECRET}`,
      },
    ])
  })

  it.each(['two entries', 'mixed entry'] as const)(
    'requests the other path and reads its %s',
    async (arrayShape) => {
      cloudflare().behaviour.arrayShape = arrayShape
      const { iceServers } = await create({ path: 'generate-ice-servers' }).generateCredentials({
        ttl: 600,
        customIdentifier: 'room-5',
      })
      expect(iceServers.flatMap(({ urls }) => urls)).toEqual([STUN, ...URLS])
      expect(iceServers.at(-1)).toMatchObject(credentials)
      expect(calls()).toEqual(['POST /v1/turn/keys/{id}/credentials/generate-ice-servers'])
      expect(cloudflare().calls[0]?.body).toEqual({ ttl: 600, customIdentifier: 'room-5' })
    },
  )

  it('returns the requested lifetime when the response contains none', async () => {
    cloudflare().behaviour.faults.push((response) =>
      sendJson(response, { iceServers: { urls: URLS, username: 'ab'.repeat(48), credential: 'c' } }, 200),
    )
    const before = Date.now()
    const { ttl, expiresAt } = await create({ ttl: 86_400 }).generateCredentials()
    expect(ttl).toBe(86_400)
    expect(Math.abs(expiresAt - before - 86_400_000)).toBeLessThan(2000)
  })

  it.each([1, 172_800])('requests the ttl %d', async (ttl) => {
    // Usernames have whole seconds, so that credentials of one second can have expired when they arrive.
    await create()
      .generateCredentials({ ttl })
      .catch(() => {})
    expect(cloudflare().calls[0]?.body).toEqual({ ttl })
  })

  it.each([
    ['NaN', Number.NaN],
    ['a string', '3600'],
    ['0', 0],
    ['-1', -1],
    ['172801', 172_801],
    ['1.5', 1.5],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['null', null],
  ])('throws RangeError before any request when the ttl is %s', async (received, value) => {
    const ttl = value as number
    const rangeError = (owner: string) => ({
      name: 'RangeError',
      message: `${owner}: ttl must be an integer from 1 to 172800, got ${received}`,
    })
    expect(errorOf(() => create({ ttl }))).toMatchObject(rangeError('createCloudflareTurn'))
    const fetched = fetchTURNServers({ keyId: KEY_ID, keySecret: KEY_SECRET, ttl })
    expect(await rejectionOf(fetched)).toMatchObject(rangeError('fetchTURNServers'))
    const generated = create().generateCredentials({ ttl })
    expect(await rejectionOf(generated)).toMatchObject(rangeError('generateCredentials'))
    expect(cloudflare().calls).toEqual([])
  })

  it('rejects with a hint when Cloudflare does not know the key id or rejects the secret', async () => {
    const unknown = await rejectionOf(create({ keyId: 'another' }).generateCredentials())
    expect(unknown).toMatchObject({
      name: 'TurnApiError',
      status: 404,
      hint: 'check that keyId is the id of the TURN key, not of the account',
    })
    const wrong = await rejectionOf(create({ keySecret: 'wrong-secret' }).generateCredentials())
    expect(wrong).toMatchObject({ status: 401, errors: [{ code: 1000, message: 'bad token Bearer …' }] })
    expect(wrong.message).toBe(
      'Cloudflare responded 401; 1000: bad token Bearer … ' +
        '(check that keySecret is the secret of the TURN key, not an API token)',
    )
    expect(inspect(wrong, { depth: 9, showHidden: true })).not.toContain('wrong-secret')
  })
})

describe('createCloudflareTurn: revokeCredentials', () => {
  const username = '1738035200:us/er ü'

  it('revokes in the form of the reference', async () => {
    await create().revokeCredentials(username)
    expect(cloudflare().revoked).toEqual([username])
    expect(calls()).toEqual(['POST /v1/turn/keys/{id}/credentials/revoke'])
  })

  it.each([404, 405] as const)(
    'revokes by path when Cloudflare responds %d to the form of the reference',
    async (unknownStatus) => {
      Object.assign(cloudflare().behaviour, { unknownRevocation: 'body', unknownStatus })
      await create().revokeCredentials(username)
      expect(cloudflare().revoked).toEqual([username])
      expect(calls()).toEqual([
        'POST /v1/turn/keys/{id}/credentials/revoke',
        'POST /v1/turn/keys/{id}/credentials/1738035200%3Aus%2Fer%20%C3%BC/revoke',
      ])
    },
  )

  it('rejects when Cloudflare knows neither form, and does not request the path after another status', async () => {
    expect(await rejectionOf(create({ keyId: 'another' }).revokeCredentials(username))).toMatchObject({
      status: 404,
    })
    cloudflare().calls.length = 0
    expect(await rejectionOf(create({ keySecret: 'wrong' }).revokeCredentials(username))).toMatchObject({
      status: 401,
    })
    expect(cloudflare().calls).toHaveLength(1)
  })

  it.each(['', '.', '..', undefined])('rejects the username %j before any request', async (name) => {
    expect(await rejectionOf(create().revokeCredentials(name as string))).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining('revokeCredentials: username must be a non-empty string other than'),
    })
    expect(cloudflare().calls).toEqual([])
  })
})
