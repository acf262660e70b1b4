import type { ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { TurnApiError } from '../../src/server/index.js'
import { KEY_SECRET, STUN } from '../support/cloudflare-emulator.js'
import { rejectionOf } from '../support/error-of.js'
import { sendJson } from '../support/http-server.js'
import { useCloudflareEmulator } from '../support/use-cloudflare-emulator.js'

type Respond = (response: ServerResponse) => void

const { cloudflare, createTurn: create } = useCloudflareEmulator()

const responded = (text: string) => `Cloudflare responded ${text}`
const allTextOf = (error: unknown) =>
  [
    inspect(error, { depth: 9, showHidden: true }),
    JSON.stringify(error),
    `${error}`,
    (error as Error).stack,
  ].join()

describe('createCloudflareTurn: errors', () => {
  it.each<[string, Respond, object]>([
    [
      'HTML',
      (response) => response.end('<html>'),
      { message: responded('200 with a body that is not JSON'), status: 200 },
    ],
    [
      'a 200 with an error envelope',
      (response) => sendJson(response, { success: false, errors: [{ code: 5, message: 'no' }] }),
      {
        message: responded('200; 5: no'),
        errors: [{ code: 5, message: 'no' }],
      },
    ],
    [
      'two errors without an envelope, one of them long',
      (response) =>
        sendJson(response, {
          errors: [
            { code: 5, message: 'no' },
            { code: 6, message: 'x'.repeat(300) },
          ],
        }),
      { message: responded(`200; 5: no; 6: ${'x'.repeat(200)}`) },
    ],
    [
      'an envelope with success: false and no errors',
      (response) => sendJson(response, { success: false, errors: [] }),
      { message: responded('200') },
    ],
    [
      'a 429 with errorCode and errorDescription',
      (response) =>
        sendJson(response, { errorCode: 7, errorDescription: 'quota' }, 429, { 'retry-after': '9' }),
      { status: 429, retryAfterMs: 9000, errors: [{ code: 7, message: 'quota' }] },
    ],
    [
      'an empty list',
      (response) => sendJson(response, { iceServers: [] }),
      { message: expect.stringMatching(/^Cloudflare: .*ICE servers.* empty/) },
    ],
    [
      'STUN URLs only',
      (response) => sendJson(response, { iceServers: { urls: [STUN] } }),
      { message: expect.stringMatching(/^Cloudflare: no usable TURN server/) },
    ],
    [
      'an empty body',
      (response) => response.writeHead(204).end(),
      { message: expect.stringMatching(/^Cloudflare: expected iceServers/) },
    ],
    [
      'a redirect',
      (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      { status: 302 },
    ],
  ])('rejects with TurnApiError after %s, and does not retry', async (_, respond, expected) => {
    cloudflare().behaviour.faults.push(respond)
    const error = await rejectionOf(create().generateCredentials())
    expect(error).toBeInstanceOf(TurnApiError)
    expect(error).toMatchObject(expected)
    expect(allTextOf(error)).not.toContain(KEY_SECRET)
    expect(cloudflare().calls).toHaveLength(1)
  })

  it.each<[string, Respond, object]>([
    [
      'a 500 with text that contains the secret',
      (response) => response.writeHead(500).end(`oops ${KEY_SECRET}`),
      { status: 500, message: responded('500; oops …') },
    ],
    [
      'a connection reset',
      (response) => response.socket?.resetAndDestroy(),
      { message: 'Cloudflare could not be reached', errors: [], cause: expect.any(Error) },
    ],
    [
      'a truncated response',
      (response) => {
        response.writeHead(200, { 'content-length': 1000 }).write('{"iceServers":')
        setTimeout(() => response.destroy(), 20)
      },
      { message: 'Cloudflare could not be reached', cause: expect.any(Error) },
    ],
  ])('rejects with TurnApiError after three times %s', async (_, respond, expected) => {
    cloudflare().behaviour.faults.push(respond, respond, respond)
    const error = await rejectionOf(create().generateCredentials())
    expect(error).toBeInstanceOf(TurnApiError)
    expect(error).toMatchObject(expected)
    expect(allTextOf(error)).not.toContain(KEY_SECRET)
    expect(cloudflare().calls).toHaveLength(3)
  })

  it.each<[string, Respond]>([
    ['the response', () => {}],
    ['the rest of the body', (response) => void response.writeHead(200).write('{')],
  ])('rejects when %s does not arrive in time', async (_, respond) => {
    cloudflare().behaviour.faults.push(respond)
    expect(await rejectionOf(create({ timeoutMs: 100 }).generateCredentials())).toMatchObject({
      message: 'Cloudflare did not respond within 100 ms',
      status: 503,
    })
  })

  it('rejects without the secret when it is aborted while an error response is read', async () => {
    cloudflare().behaviour.faults.push((response) => void response.writeHead(500).write('{'))
    const controller = new AbortController()
    const error = rejectionOf(create().generateCredentials({ signal: controller.signal }))
    setTimeout(() => controller.abort(new Error('gone')), 150)
    expect(allTextOf(await error)).not.toContain(KEY_SECRET)
  })

  it('rejects with the reason of its signal when that is aborted', async () => {
    cloudflare().behaviour.faults.push(() => {})
    const controller = new AbortController()
    const error = rejectionOf(create().generateCredentials({ signal: controller.signal }))
    controller.abort(new Error('gone'))
    expect(await error).toMatchObject({ message: 'gone' })
  })
})
