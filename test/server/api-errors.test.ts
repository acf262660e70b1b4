import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createCloudflareTurn, createTurnKeys } from '../../src/server/index.js'
import { rejectionOf } from '../support/error-of.js'
import { sendJson, startServer } from '../support/http-server.js'

const SECRET = 'sECRET+/k&y<"x\'>'

/** Starts an API with one response, and returns the error of a request for credentials. */
async function errorAfter(body: unknown, status = 400, headers: Record<string, string> = {}) {
  const { origin } = await startServer((response) =>
    typeof body === 'string'
      ? response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(body)
      : sendJson(response, body, status, headers),
  )
  const turn = createCloudflareTurn({ keyId: 'key', keySecret: SECRET, baseUrl: origin })
  return rejectionOf(turn.generateCredentials()) as Promise<unknown> as Promise<
    Error & { errors: unknown; hint?: string }
  >
}

describe('errors of Cloudflare and of intermediaries', () => {
  it.each<[string, unknown, string]>([
    ['an envelope', { success: false, errors: [{ code: 1000, message: 'no' }] }, '1000: no'],
    ['strings in errors', { errors: ['first', 'second'] }, 'first; second'],
    ['a string as errors', { errors: 'all' }, 'all'],
    ['numbers in errors', { errors: [7] }, '7'],
    ['null in errors', { errors: [null, { code: 1 }] }, '1'],
    ['a text errorCode', { errorCode: 'bad_ttl', errorDescription: 'ttl' }, 'bad_ttl: ttl'],
    ['a number in text as errorCode', { errorCode: '7', errorDescription: 'quota' }, '7: quota'],
    ['an errorCode alone', { errorCode: 'gone' }, 'gone'],
    ['an object as message', { errors: [{ code: 5, message: { detail: 'inner' } }] }, '5: inner'],
    ['an unknown object as message', { errors: [{ message: { a: 1 } }] }, '{"a":1}'],
    ['an unknown object', { errors: { ttl: ['too long'] } }, '{"ttl":["too long"]}'],
    ['a list as message', { errors: [{ code: 5, message: ['a', 'b'] }] }, '5: a; b'],
    [
      'nested causes',
      { errors: [{ code: 1, message: 'outer', error_chain: [{ code: 2, message: 'inner' }] }] },
      '1: outer; 2: inner',
    ],
    ['a cause', { errors: [{ message: 'outer', cause: { message: 'inner' } }] }, 'outer; inner'],
    ['messages beside no errors', { success: false, errors: [], messages: [{ message: 'why' }] }, 'why'],
    ['an OAuth error', { error: 'invalid_token', error_description: 'expired' }, 'expired; invalid_token'],
    ['an error object', { error: { code: 403, message: 'denied' } }, '403: denied'],
    ['problem details', { type: 'about:blank', title: 'Forbidden', detail: 'by policy' }, 'by policy'],
    ['a message', { message: 'no' }, 'no'],
    ['a code that is NaN in JSON', { errors: [{ code: null, message: 'x' }] }, 'x'],
    ['a JSON string', '"quota exceeded"', 'quota exceeded'],
    [
      'plain text in several lines',
      'error code: 1015\r\n\u0000\u202eYou are  rate limited',
      'error code: 1015 You are rate limited',
    ],
    ['a long text', 'x'.repeat(300), 'x'.repeat(200)],
    ['the same error twice', { errors: ['a', 'a'] }, 'a'],
  ])('are reported in the message if the response contains %s', async (_, body, text) => {
    expect((await errorAfter(body)).message).toBe(`Cloudflare responded 400; ${text}`)
  })

  it.each<[string, unknown]>([
    ['HTML', '<!doctype html><title>502</title>'],
    ['HTML after white space', '\n <html>'],
    ['an empty text', ' \n'],
    ['an empty object', {}],
    ['empty errors', { success: false, errors: [], messages: [], result: null }],
    ['errors without content', { errors: [{}, [], '', null, true] }],
    ['null', 'null'],
    ['too deep errors', { errors: [[[[[[['deep']]]]]]] }],
  ])('are only a status if the response contains %s', async (_, body) => {
    expect(await errorAfter(body)).toMatchObject({ message: 'Cloudflare responded 400', errors: [] })
  })

  it('have codes as numbers where they are numbers', async () => {
    const body = { errors: [{ code: '5' }, { code: 'five' }, 'text', { code: 6, message: 'six' }] }
    expect((await errorAfter(body)).errors).toEqual([
      { code: 5, message: '' },
      { code: 'five', message: '' },
      { code: undefined, message: 'text' },
      { code: 6, message: 'six' },
    ])
  })

  it('have codes in one line, without the secret', async () => {
    const { errors, message } = await errorAfter({ errors: [{ code: `bad\n${SECRET}`, message: 'no' }] })
    expect(errors).toEqual([{ code: 'bad …', message: 'no' }])
    expect(message).toBe('Cloudflare responded 400; bad …: no')
  })

  it.each<[string, unknown, string]>([
    ['without success', { success: false, errors: [], result: { iceServers: [] } }, ''],
    ['with an error', { error: 'busy', iceServers: [] }, '; busy'],
    ['with an error code', { errorCode: 5, errorDescription: 'no', iceServers: [] }, '; 5: no'],
  ])('are errors also in a response 200 %s', async (_, body, reported) => {
    expect((await errorAfter(body, 200)).message).toBe(`Cloudflare responded 200${reported}`)
  })

  it('are at most ten', async () => {
    const errors = Array.from({ length: 20 }, (_, code) => ({ code, message: 'x', cause: `cause ${code}` }))
    expect((await errorAfter({ errors })).errors).toHaveLength(10)
  })

  it('does not repeat a 2xx response that is cut off, because it can contain credentials', async () => {
    const error = await errorAfter('{"iceServers":{"credential":"issued-credential"', 200)
    expect(inspect(error)).not.toContain('issued-credential')
    expect(error.message).toBe('Cloudflare responded 200 with a body that is not JSON')
  })

  it.each<[string, string]>([
    ['as it is', `bad ${SECRET}`],
    ['percent-encoded', `bad ${encodeURIComponent(SECRET)}`],
    ['percent-encoded in lower case', `bad ${encodeURIComponent(SECRET).toLowerCase()}`],
    ['in JSON inside JSON', JSON.stringify({ message: JSON.stringify({ token: SECRET }) })],
    ['in unicode escapes', [...SECRET].map((c) => `\\u00${c.charCodeAt(0).toString(16)}`).join('')],
    [
      'with HTML names',
      SECRET.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;').replace('"', '&quot;'),
    ],
    ['with HTML numbers', [...SECRET].map((c) => `&#${c.charCodeAt(0)};`).join('')],
    ['in hexadecimal digits', Buffer.from(SECRET).toString('hex')],
    ...[0, 1, 2].map((offset): [string, string] => [
      `in base64 after ${offset} bytes`,
      Buffer.from(`${'x'.repeat(offset)}${SECRET}yy`).toString('base64'),
    ]),
    ['in base64url after Bearer', Buffer.from(`Bearer ${SECRET}`).toString('base64url')],
  ])('do not contain the secret that comes back %s', async (_, text) => {
    const { message } = await errorAfter(text, 401)
    expect(message).toContain('…')
    // The ends of a base64 text can depend on other bytes, too.
    const inner = text.replace(/^bad /, '').slice(4, -6)
    expect(message).not.toContain(inner)
    expect(message).not.toContain(SECRET.slice(0, 6))
  })

  it('have the hint of 404 with the code 7003, which means a wrong account id', async () => {
    const { origin } = await startServer((response) =>
      sendJson(response, { success: false, errors: [{ code: 7003, message: 'Could not route' }] }, 400),
    )
    const keys = createTurnKeys({ accountId: 'a', apiToken: 't', baseUrl: origin })
    expect(await rejectionOf(keys.list())).toMatchObject({ hint: 'check the account id and the key id' })
    const error = await errorAfter({ errors: [{ code: 7003, message: 'Could not route' }] })
    expect(error.hint).toBe('check that keyId is the id of the TURN key, not of the account')
  })
})

describe('2xx responses without content', () => {
  const create = async (body: unknown) => {
    const { origin } = await startServer((response) =>
      body === undefined ? response.writeHead(200).end() : sendJson(response, body),
    )
    const options = { baseUrl: origin }
    return {
      keys: createTurnKeys({ accountId: 'a', apiToken: 't', ...options }),
      turn: createCloudflareTurn({ keyId: 'k', keySecret: 's', ...options }),
    }
  }

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an envelope with null', { success: true, errors: [], messages: [], result: null }],
    ['an envelope with an empty object', { success: true, errors: [], result: {} }],
    ['a string', 'ok'],
  ])('are errors for everything but delete and revoke: %s', async (_, body) => {
    const { keys, turn } = await create(body)
    for (const promise of [
      keys.list(),
      keys.get('id'),
      keys.create({ name: 'x' }),
      keys.update('id', { name: 'x' }),
      turn.generateCredentials(),
    ]) {
      expect(await rejectionOf(promise)).toMatchObject({ name: 'TurnApiError' })
    }
    await keys.delete('id')
    await turn.revokeCredentials('username')
  })

  it('are an empty list of keys only if the response contains one', async () => {
    expect(await (await create({ success: true, errors: [], result: [] })).keys.list()).toEqual([])
    expect(await (await create([])).keys.list()).toEqual([])
  })

  it('name the key that may exist after create', async () => {
    const { keys } = await create(null)
    expect((await rejectionOf(keys.create({ name: 'x' }))).message).toBe(
      'Cloudflare responded without a key. The key may exist: list() returns it',
    )
  })
})
