import { createHmac } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createCloudflareTurn, createTurnKeys, createTurnRestCredentials } from '../../src/server/index.js'
import { createRedactor } from '../../src/server/secrets.js'
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

describe('createRedactor', () => {
  const secret = `aZ09-._~+/="'\\<&>$(^)[*]{|}?`
  /** A longer part of a text must not remain. `Bearer ` has nine digits in Base64, and shares a tenth. */
  const PART = 11
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const htmlOf = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

  it.each([
    ['itself', secret],
    ['in other letter case', secret.toUpperCase()],
    ['with the line end with which it was passed', `${secret}\n`],
    ['in JSON', JSON.stringify(`${secret}\n`)],
    ['in JSON with escaped slashes', JSON.stringify(secret).replaceAll('/', '\\/')],
    ['in the JSON of Go', JSON.stringify(secret).replaceAll('&', '\\u0026').replaceAll('<', '\\u003c')],
    ['in a URL', encodeURI(secret)],
    ['in a parameter of a URL', encodeURIComponent(secret)],
    ['in a URL inside a URL', encodeURIComponent(encodeURIComponent(secret))],
    ['in HTML', htmlOf(secret)],
    ['in HTML with names', secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')],
    ['in hexadecimal digits', Buffer.from(secret).toString('hex')],
    ['in Base64', base64(secret)],
    ['in Base64 of a header', base64(`Bearer ${secret}`)],
    ['in Base64 of a user and a password', base64(`me:${secret}\n`)],
    ['in Base64 for URLs', Buffer.from(secret).toString('base64url')],
    ['in Base64 in a URL', encodeURIComponent(base64(secret))],
  ])('removes the secret %s', (_, text) => {
    const redacted = createRedactor(secret)(`token ${text} is unknown; ${text}`)
    expect(redacted).toMatch(/^token .*… ?.*is unknown; .*…/s)
    for (let start = 0; start + PART <= text.length; start++) {
      expect(redacted).not.toContain(text.slice(start, start + PART))
    }
  })

  it('leaves other texts unchanged', () => {
    const text = 'the token ab is not known (10000, %61, YWI=)'
    expect(createRedactor(secret)(text)).toBe(text)
    expect(createRedactor('ab')('YWI= stays, ab does not')).toBe('YWI= stays, … does not')
  })
})
