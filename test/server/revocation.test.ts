import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCloudflareTurn } from '../../src/server/index.js'
import { KEY_ID, KEY_SECRET, startCloudflareEmulator, URLS } from '../support/cloudflare-emulator.js'
import { rejectionOf } from '../support/error-of.js'
import { createTestHandler } from '../support/handler.js'

let count = 0
let cloudflare: Awaited<ReturnType<typeof startCloudflareEmulator>>
beforeEach(async () => {
  count = 0
  cloudflare = await startCloudflareEmulator(() => {
    count++
    return { urls: URLS, username: `opaque-${count}`, credential: 'c' }
  })
})
afterEach(() => {
  cloudflare.stop()
  vi.unstubAllEnvs()
  vi.resetModules()
})

const create = (options: object = {}) =>
  createCloudflareTurn({ keyId: KEY_ID, keySecret: KEY_SECRET, baseUrl: cloudflare.turnUrl, ...options })

describe('the recipe for the revocation of a user', () => {
  const load = () => {
    const environment = { TURN_KEY_ID: KEY_ID, TURN_KEY_SECRET: KEY_SECRET, TURN_API: cloudflare.turnUrl }
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
    return import('../../demo/recipes/server/revocation.js')
  }
  const requestOf = (user: string) =>
    new Request('https://api.example.org/', { headers: { authorization: `Bearer token-of-${user}` } })

  it('revokes all credentials of the user, once', async () => {
    const { handler, revokeUser } = await load()
    for (let index = 0; index < 3; index++) expect((await handler(requestOf('alice'))).status).toBe(200)
    await revokeUser('bob')
    expect(cloudflare.revoked).toEqual([])
    await revokeUser('alice')
    expect(cloudflare.revoked).toEqual(['opaque-1', 'opaque-2', 'opaque-3'])
    await revokeUser('alice')
    expect(cloudflare.revoked).toHaveLength(3)
  })

  it('continues after an error where it stopped', async () => {
    const { handler, revokeUser } = await load()
    for (let index = 0; index < 2; index++) await handler(requestOf('alice'))
    cloudflare.behaviour.faults.push(
      (response) => response.writeHead(204).end(),
      (response) => response.writeHead(429).end(),
    )
    expect(await rejectionOf(revokeUser('alice'))).toMatchObject({ status: 429 })
    await revokeUser('alice')
    expect(cloudflare.revoked).toEqual(['opaque-2'])
  })

  it('continues after credentials that Cloudflare does not know any more', async () => {
    const { handler, revokeUser } = await load()
    for (let index = 0; index < 2; index++) await handler(requestOf('alice'))
    const unknown = (response: ServerResponse) => response.writeHead(404).end()
    cloudflare.behaviour.faults.push(unknown, unknown) // the two forms of revocation
    await revokeUser('alice')
    expect(cloudflare.revoked).toEqual(['opaque-2'])
  })

  it('tags the credentials of a user without personal data', async () => {
    const { handler } = await load()
    for (let index = 0; index < 2; index++) await handler(requestOf('alice'))
    const tags = cloudflare.calls.map(({ body }) => body?.customIdentifier)
    expect(tags[0]).toMatch(/^[\da-f]{32}$/)
    expect(tags[1]).toBe(tags[0])
  })
})

describe('createCloudflareTurn: customIdentifier', () => {
  const tagOf = (index = 0) => cloudflare.calls[index]?.body?.customIdentifier

  it.each([
    ['returns a tag', (userId: string) => `tag-of-${userId}`],
    ['resolves with a tag', async (userId: string) => `tag-of-${userId}`],
  ])('is called with the user of the handler and %s', async (_, customIdentifier) => {
    const { request } = createTestHandler({ source: create({ customIdentifier }) })
    expect((await request()).status).toBe(200)
    expect(tagOf()).toBe('tag-of-alice')
  })

  it('is not part of the request without a user, without a tag, and gives way to that of the call', async () => {
    const customIdentifier = vi.fn((userId: string) => (userId === 'alice' ? 'tag' : undefined))
    const turn = create({ customIdentifier })
    await turn.generateCredentials()
    await turn.generateCredentials({ userId: 'bob' })
    await turn.generateCredentials({ userId: 'alice', customIdentifier: 'own' })
    expect([tagOf(0), tagOf(1), tagOf(2)]).toEqual([undefined, undefined, 'own'])
    expect(customIdentifier.mock.calls).toEqual([['bob']])
  })

  it.each(['', 5, null, {}])('must not return %j', async (tag) => {
    const turn = create({ customIdentifier: () => tag })
    expect(await rejectionOf(turn.generateCredentials({ userId: 'alice' }))).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining('generateCredentials: customIdentifier must be a non-empty string'),
    })
    expect(cloudflare.calls).toEqual([])
  })

  it('must be a function', () => {
    expect(() => create({ customIdentifier: 'alice' })).toThrow('customIdentifier must be a function')
  })
})

describe('createCloudflareTurn: invalid usernames', () => {
  it.each([undefined, null, 5, {}, ['name'], '', '.', '..', '\ud800', 'a\udc00b'])(
    'rejects %j with TypeError before any request',
    async (username) => {
      const outcome = create().revokeCredentials(username as string)
      expect((await rejectionOf(outcome)).name).toBe('TypeError')
      expect(cloudflare.calls).toEqual([])
    },
  )

  it('revokes a username with a pair of surrogates', async () => {
    await create().revokeCredentials('1738035200:😀')
    expect(cloudflare.revoked).toEqual(['1738035200:😀'])
  })
})
