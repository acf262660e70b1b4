import type { ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCloudflareTurn, fetchTURNServers, TurnApiError } from '../../src/server/index.js'
import { KEY_ID, KEY_SECRET, STUN, startCloudflareEmulator, URLS } from '../support/cloudflare-emulator.js'
import { errorOf, rejectionOf } from '../support/error-of.js'
import { sendJson } from '../support/http-server.js'

type Fault = (response: ServerResponse) => void

let cloudflare: Awaited<ReturnType<typeof startCloudflareEmulator>>
beforeEach(async () => {
  cloudflare = await startCloudflareEmulator()
})
afterEach(() => cloudflare.stop())

const create = (options: object = {}) =>
  createCloudflareTurn({ keyId: KEY_ID, keySecret: KEY_SECRET, baseUrl: cloudflare.turnUrl, ...options })
const calls = () => cloudflare.calls.map(({ call }) => call.replace(KEY_ID, '{id}'))
const everythingOf = (error: unknown) =>
  [
    inspect(error, { depth: 9, showHidden: true }),
    JSON.stringify(error),
    `${error}`,
    (error as Error).stack,
  ].join()

const login = { username: expect.stringMatching(/^\d{10}:user$/), credential: 'minted-credential' }

describe('generateCredentials', () => {
  it('mints on the path of the reference, and always sends the ttl', async () => {
    const before = Date.now()
    const { iceServers, ttl, expiresAt } = await create().generateCredentials()
    expect(iceServers).toEqual([{ urls: [STUN, ...URLS], ...login }])
    expect(ttl).toBe(3600)
    expect(Math.abs(expiresAt - before - 3_600_000)).toBeLessThan(2000)
    expect(cloudflare.calls).toEqual([
      {
        call: `POST /v1/turn/keys/${KEY_ID}/credentials/generate`,
        body: { ttl: 3600 },
        authorization: `Bearer ${KEY_SECRET}`,
      },
    ])
  })

  it.each(['two entries', 'mixed entry'] as const)('mints on the other path: %s', async (arrayShape) => {
    cloudflare.behaviour.arrayShape = arrayShape
    const { iceServers } = await create({ path: 'generate-ice-servers' }).generateCredentials({
      ttl: 600,
      customIdentifier: 'room-5',
    })
    expect(iceServers.flatMap(({ urls }) => urls)).toEqual([STUN, ...URLS])
    expect(iceServers.at(-1)).toMatchObject(login)
    expect(calls()).toEqual(['POST /v1/turn/keys/{id}/credentials/generate-ice-servers'])
    expect(cloudflare.calls[0]?.body).toEqual({ ttl: 600, customIdentifier: 'room-5' })
  })

  it('knows the lifetime where the answer tells none', async () => {
    cloudflare.behaviour.faults.push((response) =>
      sendJson(response, { iceServers: { urls: URLS, username: 'ab'.repeat(48), credential: 'c' } }, 200),
    )
    const before = Date.now()
    const { ttl, expiresAt } = await create({ ttl: 86_400 }).generateCredentials()
    expect(ttl).toBe(86_400)
    expect(Math.abs(expiresAt - before - 86_400_000)).toBeLessThan(2000)
  })

  it.each([1, 172_800])('takes the ttl %d', async (ttl) => {
    await create().generateCredentials({ ttl })
    expect(cloudflare.calls[0]?.body).toEqual({ ttl })
  })

  it.each([Number.NaN, '3600', 0, -1, 172_801, 1.5, Number.POSITIVE_INFINITY, null])(
    'refuses the ttl %j before any request',
    async (ttl) => {
      const wrong = ttl as number
      const limit = 'ttl must be a whole number from 1 to 172800'
      expect(errorOf(() => create({ ttl: wrong }))).toMatchObject({ name: 'RangeError', message: limit })
      const keys = { keyId: KEY_ID, keySecret: KEY_SECRET, ttl: wrong }
      for (const call of [create().generateCredentials({ ttl: wrong }), fetchTURNServers(keys)])
        expect(await rejectionOf(call)).toBeInstanceOf(RangeError)
      expect(cloudflare.calls).toEqual([])
    },
  )

  it.each(['../accounts', '..', '', 'a/b', 'a b', 'a%2fb', 'a?b', 'a#b', 5, undefined])(
    'refuses the key id %j',
    (keyId) => {
      expect(errorOf(() => create({ keyId: keyId as string }))).toMatchObject({
        name: 'TypeError',
        message: 'keyId must consist of letters, digits, - and _',
      })
    },
  )

  it('tells the account id from the key id, and the API token from the secret', async () => {
    const unknown = await rejectionOf(create({ keyId: 'another' }).generateCredentials())
    expect(unknown).toMatchObject({
      name: 'TurnApiError',
      status: 404,
      hint: 'is it the id of the TURN key, and not of the account?',
    })
    const wrong = await rejectionOf(create({ keySecret: 'wrong-secret' }).generateCredentials())
    expect(wrong).toMatchObject({ status: 401, errors: [{ code: 1000, message: 'bad token Bearer …' }] })
    expect(wrong.message).toContain('is it the secret of the TURN key')
    expect(everythingOf(wrong)).not.toContain('wrong-secret')
  })

  it.each<[string, Fault, object]>([
    ['HTML', (response) => response.end('<html>'), { message: 'the API answered no JSON', status: 200 }],
    [
      '200 with an error envelope',
      (response) => sendJson(response, { success: false, errors: [{ code: 5, message: 'no' }] }),
      { message: 'the API answered 200; 5: no', errors: [{ code: 5, message: 'no' }] },
    ],
    [
      'two errors, one of them long, and no envelope',
      (response) =>
        sendJson(response, {
          errors: [
            { code: 5, message: 'no' },
            { code: 6, message: 'x'.repeat(300) },
          ],
        }),
      { message: `the API answered 200; 5: no; 6: ${'x'.repeat(200)}` },
    ],
    [
      'an envelope without success',
      (response) => sendJson(response, { success: false, errors: [] }),
      { message: 'the API answered 200' },
    ],
    [
      'the other error shape',
      (response) =>
        sendJson(response, { errorCode: 7, errorDescription: 'quota' }, 429, { 'retry-after': '9' }),
      { status: 429, retryAfterMs: 9000, errors: [{ code: 7, message: 'quota' }] },
    ],
    [
      'an empty list',
      (response) => sendJson(response, { iceServers: [] }),
      { message: expect.stringContaining('holds no ICE server') },
    ],
    [
      'STUN only',
      (response) => sendJson(response, { iceServers: { urls: [STUN] } }),
      { message: expect.stringContaining('no TURN server is left') },
    ],
    [
      'no body',
      (response) => response.writeHead(204).end(),
      { message: expect.stringContaining('no known shape') },
    ],
    [
      'text with a 500',
      (response) => response.writeHead(500).end(`oops ${KEY_SECRET}`),
      { status: 500, message: 'the API answered 500' },
    ],
    [
      'a redirect, which is not followed',
      (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      { status: 302 },
    ],
    [
      'a reset',
      (response) => response.socket?.resetAndDestroy(),
      { message: 'the API could not be reached', errors: [], cause: expect.any(Error) },
    ],
    [
      'a truncated answer',
      (response) => {
        response.writeHead(200, { 'content-length': 1000 }).write('{"iceServers":')
        setTimeout(() => response.destroy(), 20)
      },
      { name: 'TurnApiError' },
    ],
  ])('throws TurnApiError for %s, and mints no second time', async (_, fault, expected) => {
    cloudflare.behaviour.faults.push(fault)
    const error = await rejectionOf(create().generateCredentials())
    expect(error).toBeInstanceOf(TurnApiError)
    expect(error).toMatchObject(expected)
    expect(everythingOf(error)).not.toContain(KEY_SECRET)
    expect(cloudflare.calls).toHaveLength(1)
  })

  it.each<[string, Fault]>([
    ['an answer', () => {}],
    ['a body', (response) => void response.writeHead(200).write('{')],
  ])('does not wait for ever for %s', async (_, fault) => {
    cloudflare.behaviour.faults.push(fault)
    expect(await rejectionOf(create({ timeoutMs: 100 }).generateCredentials())).toMatchObject({
      message: 'no answer in time',
      status: 503,
    })
  })

  it('holds no secret when it is aborted while an error is read', async () => {
    cloudflare.behaviour.faults.push((response) => void response.writeHead(500).write('{'))
    const controller = new AbortController()
    const minting = rejectionOf(create().generateCredentials({ signal: controller.signal }))
    setTimeout(() => controller.abort(new Error('gone')), 150)
    expect(everythingOf(await minting)).not.toContain(KEY_SECRET)
  })

  it('ends with its signal', async () => {
    cloudflare.behaviour.faults.push(() => {})
    const controller = new AbortController()
    const minting = rejectionOf(create().generateCredentials({ signal: controller.signal }))
    controller.abort(new Error('gone'))
    expect(await minting).toMatchObject({ message: 'gone' })
  })
})

describe('revokeCredentials', () => {
  const username = '1738035200:us/er ü'

  it('uses the form of the reference', async () => {
    await create().revokeCredentials(username)
    expect(cloudflare.revoked).toEqual([username])
    expect(calls()).toEqual(['POST /v1/turn/keys/{id}/credentials/revoke'])
  })

  it.each([404, 405] as const)('uses the path where the other form is a %d', async (unknownStatus) => {
    Object.assign(cloudflare.behaviour, { unknownRevocation: 'body', unknownStatus })
    await create().revokeCredentials(username)
    expect(cloudflare.revoked).toEqual([username])
    expect(calls()).toEqual([
      'POST /v1/turn/keys/{id}/credentials/revoke',
      'POST /v1/turn/keys/{id}/credentials/1738035200%3Aus%2Fer%20%C3%BC/revoke',
    ])
  })

  it('tells when neither is known, and does not try the path after another status', async () => {
    expect(await rejectionOf(create({ keyId: 'another' }).revokeCredentials(username))).toMatchObject({
      status: 404,
    })
    cloudflare.calls.length = 0
    expect(await rejectionOf(create({ keySecret: 'wrong' }).revokeCredentials(username))).toMatchObject({
      status: 401,
    })
    expect(cloudflare.calls).toHaveLength(1)
  })

  it.each(['', '.', '..'])('refuses the username %j, which would lead elsewhere', async (name) => {
    expect(await rejectionOf(create().revokeCredentials(name))).toMatchObject({
      name: 'TypeError',
      message: 'username is not one',
    })
    expect(cloudflare.calls).toEqual([])
  })
})
