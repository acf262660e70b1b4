import { createHmac } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createCloudflareTurn, createTurnKeys, createTurnRestCredentials } from '../../src/server/index.js'
import { errorOf, rejectionOf } from '../support/error-of.js'
import { sendJson, startServer } from '../support/http-server.js'

/** Creates a client with a secret. */
type Create = (secret: never, baseUrl?: string) => unknown

const createTurn: Create = (keySecret, baseUrl = 'https://a.example') =>
  createCloudflareTurn({ keyId: 'key', keySecret, baseUrl })
const createKeys: Create = (apiToken, baseUrl = 'https://a.example') =>
  createTurnKeys({ accountId: 'account', apiToken, baseUrl })
const createTurnRest: Create = (secret) => createTurnRestCredentials({ secret, urls: 'turn:t.org' })

const OPTIONS: readonly [string, Create][] = [
  ['createCloudflareTurn: keySecret', createTurn],
  ['createTurnKeys: apiToken', createKeys],
  ['createTurnRestCredentials: secret', createTurnRest],
]

/** What surrounds a secret in a clipboard, a pipe, an env file or a header. */
const AROUND: readonly [what: string, string][] = [
  ['a line end', 'hidden/secret\n'],
  ['a line end of Windows', 'hidden/secret\r\n'],
  ['spaces and tabs', ' \thidden/secret\t '],
  ['a no-break space', '\u00a0hidden/secret\u00a0'],
  ['a byte order mark', '\ufeffhidden/secret'],
  ['double quotes', '"hidden/secret"'],
  ['double quotes and a line end', '"hidden/secret\n"\r\n'],
  ['Bearer', 'Bearer hidden/secret'],
  ['bearer, quotes and a line end', '"bearer  hidden/secret"\n'],
]

const SECRET = 'hidden/secret'

describe.each(OPTIONS)('%s', (option, create) => {
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a number', 1234567],
    ['an object', { secret: SECRET }],
    ['a promise', Promise.resolve(SECRET)],
    ['bytes', new TextEncoder().encode(SECRET)],
    ['a String object', new String(SECRET)],
    ['an empty string', ''],
    ['white space', ' \n'],
    ['Bearer without a token', 'Bearer '],
    ['quotes', '""'],
    ['a zero-width space inside', 'hidden\u200bsecret'],
    ['a zero-width joiner after it', 'hidden-secret\u200d'],
    ['a soft hyphen inside', 'hidden\u00adsecret'],
    ['a line end inside', 'hidden\nsecret'],
    ['a null character', 'hidden\0secret'],
    ['a delete character', 'hidden\x7fsecret'],
    ['a letter that no header can hold', 'hiddenĀsecret'],
    ['a lone surrogate', 'hidden\ud800secret'],
  ])('throws TypeError that names the option, and not its value, for %s', (_, secret) => {
    const error = errorOf(() => create(secret as never))
    expect(error.name).toBe('TypeError')
    expect(error.message.startsWith(`${option} must `)).toBe(true)
    expect(error.message).not.toMatch(/hidden|1234567/)
  })
})

describe('createTurnRestCredentials: what surrounds the secret', () => {
  it.each(AROUND)('signs without %s, which coturn does not read either', async (_, secret) => {
    const turn = createTurnRestCredentials({ secret, urls: 'turn:t.org' })
    const [server] = (await turn.generateCredentials()).iceServers
    const { username = '', credential } = server ?? {}
    expect(credential).toBe(createHmac('sha1', SECRET).update(username).digest('base64'))
  })

  it('keeps spaces inside, and names which of several secrets is invalid', async () => {
    const issue = (secret: string) =>
      createTurnRestCredentials({ secret, urls: 'turn:t.org', now: () => 0 }).generateCredentials()
    expect(await issue('a b')).not.toEqual(await issue('ab'))
    expect(errorOf(() => createTurnRest(['new', 'hidden\0'] as never)).message).toMatch(
      /^createTurnRestCredentials: secret\[1\] must /,
    )
  })
})

describe('clients of Cloudflare: what surrounds the secret', () => {
  it.each([...AROUND, ['single quotes', "'hidden/secret'\n"]])(
    'send it without %s, and redact it when the API returns it',
    async (_, secret) => {
      const { origin, requests } = await startServer((response, { headers }) =>
        sendJson(
          response,
          { errors: [{ code: 1, message: `unknown token ${headers.authorization}!` }] },
          401,
        ),
      )
      const turn = createCloudflareTurn({ keyId: 'key', keySecret: secret as string, baseUrl: origin })
      const keys = createTurnKeys({ accountId: 'account', apiToken: secret as string, baseUrl: origin })
      for (const call of [() => turn.generateCredentials(), () => keys.list()]) {
        const error = await rejectionOf(call())
        expect(requests.at(-1)?.headers.authorization).toBe(`Bearer ${SECRET}`)
        expect(error).toMatchObject({ errors: [{ code: 1, message: 'unknown token Bearer …!' }] })
        const all = `${inspect(error, { depth: 9, showHidden: true })} ${JSON.stringify(error)} ${error.stack}`
        expect(all).not.toContain('hidden')
      }
    },
  )

  it.each(['hidden secret', 'Authorization: Bearer hidden'])(
    'throw TypeError for white space inside: %s',
    (secret) => {
      for (const create of [createTurn, createKeys]) {
        expect(errorOf(() => create(secret as never)).message).toMatch(/must not contain white space/)
      }
    },
  )
})
