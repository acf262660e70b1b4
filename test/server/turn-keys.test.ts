import type { ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { createTurnKeys } from '../../src/server/index.js'
import { API_TOKEN } from '../support/cloudflare-emulator.js'
import { errorOf, rejectionOf } from '../support/error-of.js'
import { sendJson } from '../support/http-server.js'
import { useCloudflareEmulator } from '../support/use-cloudflare-emulator.js'

const { cloudflare, createKeys: create } = useCloudflareEmulator()

describe('createTurnKeys', () => {
  it('creates, lists, gets, renames and deletes keys', async () => {
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

  it('reads the secret under its other name', async () => {
    cloudflare().behaviour.secretName = 'secret'
    const created = await create().create({ name: 'x' })
    expect(created.key).toBe('created-secret')
    expect('secret' in created).toBe(false)
  })

  it('rejects with the id of the key to delete when the response lacks the secret', async () => {
    cloudflare().behaviour.secretName = undefined
    const error = await rejectionOf(create().create({ name: 'x' }))
    const [uid] = cloudflare().keys.keys()
    expect(error).toMatchObject({
      name: 'TurnApiError',
      message: `Cloudflare created the key ${uid} but did not return its secret: delete that key`,
    })
  })

  it('reads a response without an envelope, and rejects with TurnApiError after an empty one', async () => {
    cloudflare().behaviour.faults.push(
      (response) => sendJson(response, { uid: 'u', key: 'k', name: 'n', created: '', modified: '' }, 201),
      (response) => response.writeHead(201).end(),
    )
    expect(await create().create({ name: 'n' })).toMatchObject({ uid: 'u', key: 'k' })
    expect(await rejectionOf(create().create({ name: 'n' }))).toMatchObject({ name: 'TurnApiError' })
  })

  it('requests Cloudflare by default', async () => {
    const fetch = vi.fn(async (_: string) => Response.json({ result: [] }))
    await createTurnKeys({ accountId: 'account', apiToken: API_TOKEN, fetch }).list()
    expect(fetch.mock.calls[0]?.[0]).toBe(
      'https://api.cloudflare.com/client/v4/accounts/account/calls/turn_keys',
    )
  })

  it('lists a thousand keys', async () => {
    for (let index = 0; index < 1000; index++) {
      cloudflare().keys.set(`k${index}`, { uid: `k${index}`, name: 'x', created: '', modified: '' })
    }
    expect(await create().list()).toHaveLength(1000)
  })

  it.each([
    ['..', 'a string'],
    ['../..', 'a string'],
    ['a/b', 'a string'],
    ['a b', 'a string'],
    ['ä', 'a string'],
    ['', 'an empty string (is an environment variable missing?)'],
    [5, '5'],
    [undefined, 'undefined (is an environment variable missing?)'],
  ])('rejects the id %j before any request', async (value, received) => {
    const keys = create()
    const id = value as string
    const typeError = (owner: string, name: string) => ({
      name: 'TypeError',
      message: `${owner}: ${name} must consist of letters, digits, - and _, got ${received}`,
    })
    expect(await rejectionOf(keys.get(id))).toMatchObject(typeError('TurnKeys', 'id'))
    expect(await rejectionOf(keys.update(id, { name: 'x' }))).toMatchObject(typeError('TurnKeys', 'id'))
    expect(await rejectionOf(keys.delete(id))).toMatchObject(typeError('TurnKeys', 'id'))
    expect(errorOf(() => create({ accountId: id }))).toMatchObject(typeError('createTurnKeys', 'accountId'))
    expect(cloudflare().calls).toEqual([])
  })

  it('rejects instead of throwing when a name is missing', async () => {
    const keys = create()
    const missing = undefined as unknown as { name: string }
    const outcomes = await Promise.allSettled([keys.create(missing), keys.update('id', missing)])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })

  it('rejects with the error codes of Cloudflare and a hint, and without the token', async () => {
    expect(await rejectionOf(create().get('unknown'))).toMatchObject({
      status: 404,
      errors: [{ code: 20008, message: 'unknown key' }],
    })
    const wrong = await rejectionOf(create({ apiToken: 'wrong-token' }).list())
    expect(wrong).toMatchObject({
      status: 403,
      hint: 'check that the API token has the permission Calls Write',
      errors: [{ code: 10000 }],
    })
    expect(inspect(wrong, { depth: 9 })).not.toContain('wrong-token')
  })

  it('rejects with retryAfterMs after a 429, and does not retry', async () => {
    cloudflare().behaviour.faults.push((response) =>
      sendJson(response, { success: false, errors: [] }, 429, { 'retry-after': '300' }),
    )
    expect(await rejectionOf(create().list())).toMatchObject({ status: 429, retryAfterMs: 300_000 })
    expect(cloudflare().calls).toHaveLength(1)
  })

  it.each([
    ['1 apple', undefined],
    ['9'.repeat(400), undefined],
    ['-5', 0],
    ['0', 0],
    ['86401', 86_400_000],
    ['9'.repeat(200), 86_400_000],
    ['Tue, 24 Nov 2026 10:00:30 GMT', 30_000],
    ['Tue, 24 Nov 2026 09:00:00 GMT', 0],
  ])('reads Retry-After: %s as %s ms', async (value, retryAfterMs) => {
    const headers = { 'retry-after': value, date: 'Tue, 24 Nov 2026 10:00:00 GMT' }
    cloudflare().behaviour.faults.push((response) => sendJson(response, {}, 429, headers))
    expect(await rejectionOf(create().list())).toMatchObject({ status: 429, retryAfterMs })
  })

  it.each([
    ['a 502', (response: ServerResponse) => sendJson(response, {}, 502)],
    ['a reset', (response: ServerResponse) => void response.socket?.resetAndDestroy()],
  ])('retries GET, PUT and DELETE after %s, and never POST', async (_, fail) => {
    const keys = create()
    const { uid } = await keys.create({ name: 'x' })
    for (const call of [
      () => keys.list(),
      () => keys.get(uid),
      () => keys.update(uid, { name: 'y' }),
      () => keys.delete(uid),
    ]) {
      cloudflare().behaviour.faults.push(fail)
      await call()
    }
    cloudflare().behaviour.faults.push(fail)
    cloudflare().calls.length = 0
    expect(await rejectionOf(keys.create({ name: 'z' }))).toMatchObject({ name: 'TurnApiError' })
    expect(cloudflare().calls).toHaveLength(1)
  })
})
