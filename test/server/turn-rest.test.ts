import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createTurnRestCredentials } from '../../src/server/index.js'
import { rejectionOf } from '../support/error-of.js'
import { NOW } from '../support/time.js'

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

  it('signs the expiry alone when there is no user id', async () => {
    const { iceServers, ttl } = await create({ urls: 'turn:t.org' }).generateCredentials()
    expect(iceServers).toMatchObject([{ urls: ['turn:t.org'], username: `${NOW / 1000 + 3600}` }])
    expect(ttl).toBe(3600)
  })

  it('returns what the TURN server does at expiry only if that is set', async () => {
    expect('afterExpiry' in (await create().generateCredentials())).toBe(false)
    expect(await create({ afterExpiry: 'keep' }).generateCredentials()).toMatchObject({ afterExpiry: 'keep' })
    expect(() => create({ afterExpiry: 'stay' })).toThrow(
      new TypeError("createTurnRestCredentials: afterExpiry must be 'keep' or 'drop', got a string"),
    )
  })

  it('signs with the first of several secrets', async () => {
    const one = await create({ secret: ['new', 'old'] }).generateCredentials()
    expect(one).toEqual(await create({ secret: 'new' }).generateCredentials())
    expect(one).not.toEqual(await create({ secret: 'old' }).generateCredentials())
  })

  it.each([
    ['a colon (unchanged)', 'a:b', 'a:b'],
    ['an address (unchanged)', 'a.b+c@example.org', 'a.b+c@example.org'],
    ['a space', 'a b', 'a%20b'],
    ['non-ASCII letters', 'ü€', '%C3%BC%E2%82%AC'],
    ['a surrogate pair', '😀', '%F0%9F%98%80'],
    ['a line break and a header', 'a\r\nSet-Cookie: x', 'a%0D%0ASet-Cookie:%20x'],
    ['a null character', 'a\0b', 'a%00b'],
    ['a percent sign (so that no two user ids are equal)', '%20', '%2520'],
    ['a path (unchanged)', '../../x', '../../x'],
    ['quotes and a backslash', `'"\\`, '%27%22%5C'],
    ['union or select (unchanged)', 'credit-union', 'credit-union'],
    ['union and select', 'Union-selection-UNION-union', '%55nion-selection-%55NION-%75nion'],
  ])('encodes the user id when it contains %s', async (_, userId, encoded) => {
    expect(await usernameOf(userId)).toBe(`${NOW / 1000 + 3600}:${encoded}`)
  })

  it('rejects with RangeError when the ttl is invalid', async () => {
    expect(await rejectionOf(create().generateCredentials({ ttl: 0 }))).toMatchObject({
      name: 'RangeError',
      message: 'generateCredentials: ttl must be an integer from 1 to 172800, got 0',
    })
  })

  it('rejects a user id that no username can contain', async () => {
    expect(await rejectionOf(usernameOf('\ud800'))).toMatchObject({
      name: 'TypeError',
      message: 'generateCredentials: userId must not contain lone surrogates',
    })
    expect(await usernameOf('x'.repeat(497))).toBe(`${NOW / 1000 + 3600}:${'x'.repeat(497)}`)
  })

  it.each([5, null, {}, ['alice']])('rejects the user id %j, which is not a string', async (userId) => {
    expect(await rejectionOf(usernameOf(userId as string))).toMatchObject({
      name: 'TypeError',
      message: expect.stringMatching(/^generateCredentials: userId must be a string, got /),
    })
  })

  it('replaces a user id that is too long by its digest, which differs for each', async () => {
    const digest = createHash('sha256').update('x'.repeat(498)).digest('hex')
    expect(await usernameOf('x'.repeat(498))).toBe(`${NOW / 1000 + 3600}:%sha256-${digest}`)
    const usernames = [
      `%sha256-${digest}`,
      'x'.repeat(498),
      'x'.repeat(499),
      '😀'.repeat(499),
      'é'.repeat(300),
    ]
    expect(new Set(await Promise.all(usernames.map(usernameOf))).size).toBe(usernames.length)
  })

  it('makes no username of two user ids', async () => {
    const characters = ['a', '%', "'", '"', '\\', ':', ' ', '2', '7', 'é', 'union', '%75', 'select']
    const userIds = characters.flatMap((one) =>
      characters.flatMap((two) => characters.map((three) => one + two + three)),
    )
    const distinct = new Set(userIds)
    expect(new Set(await Promise.all([...distinct].map(usernameOf))).size).toBe(distinct.size)
  })

  it('separates the expiry from the user id with the separator of the TURN server', async () => {
    const { iceServers } = await create({ separator: '|' }).generateCredentials({ userId: 'a:b' })
    expect(iceServers[0]?.username).toBe(`${NOW / 1000 + 3600}|a:b`)
  })

  it.each(['', '::', '1', 'a', '%', ' ', "'", '"', '\\', '§', 5, null])(
    'throws TypeError for the separator %j',
    (separator) => {
      expect(() => create({ separator })).toThrow(
        /^createTurnRestCredentials: separator must be one ASCII punctuation character/,
      )
    },
  )
})
