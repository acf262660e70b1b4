import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTurnKeys } from '../../src/server/index.js'
import { ACCOUNT_ID, API_TOKEN, startCloudflareEmulator } from '../support/cloudflare-emulator.js'
import { errorOf, rejectionOf } from '../support/error-of.js'
import { sendJson } from '../support/http-server.js'

let cloudflare: Awaited<ReturnType<typeof startCloudflareEmulator>>
beforeEach(async () => {
  cloudflare = await startCloudflareEmulator()
})
afterEach(() => cloudflare.stop())

const create = (options: object = {}) =>
  createTurnKeys({ accountId: ACCOUNT_ID, apiToken: API_TOKEN, baseUrl: cloudflare.apiUrl, ...options })

describe('createTurnKeys', () => {
  it('creates, lists, gets, updates and deletes', async () => {
    const keys = create()
    const created = await keys.create({ name: 'first' })
    expect(created).toEqual({
      uid: expect.stringMatching(/^[\da-f]{32}$/),
      key: 'created-secret',
      name: 'first',
      created: expect.any(String),
      modified: expect.any(String),
    })
    const { key, ...info } = created
    expect(await keys.list()).toEqual([info])
    expect(await keys.get(created.uid)).toEqual(info)
    expect(await keys.update(created.uid, { name: 'second' })).toMatchObject({
      uid: created.uid,
      name: 'second',
    })
    expect(await keys.delete(created.uid)).toBeUndefined()
    expect(await keys.list()).toEqual([])
  })

  it('takes the secret under its other name', async () => {
    cloudflare.behaviour.secretName = 'secret'
    const created = await create().create({ name: 'x' })
    expect(created.key).toBe('created-secret')
    expect('secret' in created).toBe(false)
  })

  it('tells which key to delete where the secret was not answered', async () => {
    cloudflare.behaviour.secretName = undefined
    const error = await rejectionOf(create().create({ name: 'x' }))
    const [uid] = cloudflare.keys.keys()
    expect(error).toMatchObject({
      name: 'TurnApiError',
      message: `the key ${uid} exists, but its secret was not answered: delete it`,
    })
  })

  it('reads answers without an envelope, too, and throws TurnApiError for an empty one', async () => {
    cloudflare.behaviour.faults.push(
      (response) => sendJson(response, { uid: 'u', key: 'k', name: 'n', created: '', modified: '' }, 201),
      (response) => response.writeHead(201).end(),
    )
    expect(await create().create({ name: 'n' })).toMatchObject({ uid: 'u', key: 'k' })
    expect(await rejectionOf(create().create({ name: 'n' }))).toMatchObject({ name: 'TurnApiError' })
  })

  it('asks Cloudflare where nothing else is said', async () => {
    const fetch = vi.fn(async (_: Request) => Response.json({ result: [] }))
    await createTurnKeys({ accountId: 'account', apiToken: API_TOKEN, fetch }).list()
    expect(fetch.mock.calls[0]?.[0].url).toBe(
      'https://api.cloudflare.com/client/v4/accounts/account/calls/turn_keys',
    )
  })

  it('lists a thousand keys', async () => {
    for (let index = 0; index < 1000; index++) {
      cloudflare.keys.set(`k${index}`, { uid: `k${index}`, name: 'x', created: '', modified: '' })
    }
    expect(await create().list()).toHaveLength(1000)
  })

  it.each(['..', '../..', 'a/b', '', 'a b', 'ä', 5, undefined])(
    'refuses the id %j, without a request',
    async (id) => {
      const keys = create()
      const wrong = id as string
      for (const call of [keys.get(wrong), keys.update(wrong, { name: 'x' }), keys.delete(wrong)]) {
        expect(await rejectionOf(call)).toMatchObject({
          name: 'TypeError',
          message: 'id must consist of letters, digits, - and _',
        })
      }
      expect(errorOf(() => create({ accountId: wrong }))).toMatchObject({
        name: 'TypeError',
        message: 'accountId must consist of letters, digits, - and _',
      })
      expect(cloudflare.calls).toEqual([])
    },
  )

  it('tells Cloudflare’s codes, and no token', async () => {
    expect(await rejectionOf(create().get('unknown'))).toMatchObject({
      status: 404,
      errors: [{ code: 20008, message: 'unknown key' }],
    })
    const wrong = await rejectionOf(create({ apiToken: 'wrong-token' }).list())
    expect(wrong).toMatchObject({
      status: 403,
      hint: 'has the API token the permission Calls Write?',
      errors: [{ code: 10000 }],
    })
    expect(inspect(wrong, { depth: 9 })).not.toContain('wrong-token')
  })

  it('tells when to come back after a 429, and does not try again', async () => {
    cloudflare.behaviour.faults.push((response) =>
      sendJson(response, { success: false, errors: [] }, 429, { 'retry-after': '300' }),
    )
    expect(await rejectionOf(create().list())).toMatchObject({ status: 429, retryAfterMs: 300_000 })
    expect(cloudflare.calls).toHaveLength(1)
  })

  it.each(['1 apple', '-5', '9'.repeat(400)])('makes nothing of a pause of %s', async (pause) => {
    cloudflare.behaviour.faults.push((response) => sendJson(response, {}, 429, { 'retry-after': pause }))
    const error = await rejectionOf(create().list())
    expect(error).toMatchObject({ status: 429, retryAfterMs: undefined })
  })

  it.each([
    ['a 502', (response: import('node:http').ServerResponse) => sendJson(response, {}, 502)],
    ['a reset', (response: import('node:http').ServerResponse) => void response.socket?.resetAndDestroy()],
  ])('tries GET, PUT and DELETE again after %s, and POST never', async (_, fault) => {
    const keys = create()
    const { uid } = await keys.create({ name: 'x' })
    for (const call of [
      () => keys.list(),
      () => keys.get(uid),
      () => keys.update(uid, { name: 'y' }),
      () => keys.delete(uid),
    ]) {
      cloudflare.behaviour.faults.push(fault)
      await call()
    }
    cloudflare.behaviour.faults.push(fault)
    cloudflare.calls.length = 0
    expect(await rejectionOf(keys.create({ name: 'z' }))).toMatchObject({ name: 'TurnApiError' })
    expect(cloudflare.calls).toHaveLength(1)
  })
})
