import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createTurnRestCredentials } from '../../src/server/index.js'
import { errorOf, rejectionOf } from '../support/error-of.js'

const NOW = Date.UTC(2026, 10, 24, 10)
const urls = ['stun:s.org', 'turn:t.org:53', 'turns:t.org']
const create = (options: object = {}) =>
  createTurnRestCredentials({ secret: 'secret', urls, now: () => NOW, ...options })
const usernameOf = async (userId: string) =>
  (await create().generateCredentials({ userId })).iceServers.at(-1)?.username

describe('createTurnRestCredentials', () => {
  it('signs expiry:userId with the secret, for all URLs', async () => {
    const username = `${NOW / 1000 + 600}:alice`
    const credential = createHmac('sha1', 'secret').update(username).digest('base64')
    expect(await create().generateCredentials({ userId: 'alice', ttl: 600 })).toEqual({
      iceServers: [{ urls, username, credential }],
      ttl: 600,
      expiresAt: NOW + 600_000,
    })
  })

  it('does without a user, and with one URL', async () => {
    const { iceServers, ttl } = await create({ urls: 'turn:t.org' }).generateCredentials()
    expect(iceServers).toMatchObject([{ urls: ['turn:t.org'], username: `${NOW / 1000 + 3600}` }])
    expect(ttl).toBe(3600)
  })

  it('signs with the first of several secrets', async () => {
    const one = await create({ secret: ['new', 'old'] }).generateCredentials()
    expect(one).toEqual(await create({ secret: 'new' }).generateCredentials())
    expect(one).not.toEqual(await create({ secret: 'old' }).generateCredentials())
  })

  it.each([
    ['a colon stays', 'a:b', 'a:b'],
    ['an address stays', 'a.b+c@example.org', 'a.b+c@example.org'],
    ['a space', 'a b', 'a%20b'],
    ['other letters', 'ü€', '%C3%BC%E2%82%AC'],
    ['a pair of surrogates', '😀', '%F0%9F%98%80'],
    ['a line break that would make a header', 'a\r\nSet-Cookie: x', 'a%0D%0ASet-Cookie:%20x'],
    ['a null', 'a\0b', 'a%00b'],
    ['a percent sign, so that nothing else looks the same', '%20', '%2520'],
    ['a path', '../../x', '../../x'],
  ])('encodes a user id: %s', async (_, userId, encoded) => {
    expect(await usernameOf(userId)).toBe(`${NOW / 1000 + 3600}:${encoded}`)
  })

  it('refuses what makes no username, with the reason', async () => {
    expect(await rejectionOf(usernameOf('\ud800'))).toMatchObject({
      name: 'TypeError',
      message: 'userId is not Unicode',
    })
    expect(await rejectionOf(usernameOf('x'.repeat(499)))).toMatchObject({
      message: 'userId is too long',
    })
    expect(await usernameOf('x'.repeat(498))).toHaveLength(509)
  })

  it.each([
    [{ secret: '' }, 'secret is no secret'],
    [{ secret: [] }, 'secret is no secret'],
    [{ secret: undefined }, 'secret is no secret'],
    [{ urls: [] }, 'urls: is an empty list'],
    [{ urls: ['turn:t.org', 'turn:t.org:0'] }, 'urls[1]: the port is not a number from 1 to 65535'],
    [{ ttl: 172_801 }, 'ttl must be a whole number from 1 to 172800'],
  ])('refuses %j at once', (options, message) => {
    expect(errorOf(() => create(options)).message).toBe(message)
  })
})
