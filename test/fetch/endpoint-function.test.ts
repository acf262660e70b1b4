import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { IceServerError } from '../../src/errors.js'
import type { IceServerEndpoint } from '../../src/options.js'
import { rejectionOf } from '../support/error-of.js'
import { iceServersResponse } from '../support/http-server.js'
import { request, SECRET } from '../support/request.js'

describe('fetchConfiguration with an endpoint function', () => {
  it('passes a signal and the reason, and reads the returned body', async () => {
    const endpoint = vi.fn(async () => iceServersResponse())
    expect(await request(endpoint)).toMatchObject({ expirySource: 'ttl' })
    expect(endpoint).toHaveBeenCalledExactlyOnceWith({ signal: expect.any(AbortSignal), reason: 'initial' })
  })

  it('accepts a body that is returned synchronously', async () => {
    expect(await request(() => iceServersResponse())).toMatchObject({ expirySource: 'ttl' })
  })

  it('accepts a Response', async () => {
    expect(await request(() => Response.json(iceServersResponse()))).toMatchObject({
      expirySource: 'ttl',
    })
    expect(await rejectionOf(request(() => new Response('', { status: 401 })))).toMatchObject({
      code: 'ERR_DENIED',
      message: 'the endpoint function responded 401: call refresh() after sign-in',
    })
  })

  it.each([
    [undefined, 'undefined: is a return statement missing?'],
    [null, 'null: return the Response or the parsed JSON'],
    [`{"iceServers":"${SECRET}"}`, 'a string: return the Response or the parsed JSON'],
  ])('rejects a returned %o and says what to return', async (value, received) => {
    expect(await rejectionOf(request(() => value))).toMatchObject({
      code: 'ERR_RESPONSE',
      message: `the endpoint function returned ${received}`,
    })
  })

  it('passes any returned value to parse', async () => {
    const parse = (body: unknown) => JSON.parse(String(body))
    expect(await request(() => JSON.stringify(iceServersResponse()), { parse })).toMatchObject({
      iceServers: iceServersResponse().iceServers,
    })
  })

  it('decodes a Response whose chunks split a character, after a byte order mark', async () => {
    const bytes = new TextEncoder().encode(`\uFEFF${JSON.stringify(iceServersResponse(3600, 'ü'))}`)
    const cut = bytes.indexOf(0xc3) + 1
    const chunks = new ReadableStream({
      start(controller) {
        for (const chunk of [bytes.slice(0, cut), bytes.slice(cut)]) controller.enqueue(chunk)
        controller.close()
      },
    })
    expect((await request(() => new Response(chunks))).iceServers[1]).toMatchObject({ username: 'ü' })
  })

  it('rejects with the thrown error as the cause', async () => {
    const cause = new Error('no session')
    const throwing = () => {
      throw cause
    }
    const expected = { code: 'ERR_NETWORK', message: 'the endpoint function threw', cause }
    expect(await rejectionOf(request(throwing))).toMatchObject(expected)
    expect(await rejectionOf(request(() => Promise.reject(cause)))).toMatchObject(expected)
  })

  it('reads the response of an HTTP library’s error, and drops its request', async () => {
    class HTTPError extends Error {
      override name = 'HTTPError'
      request = { headers: { authorization: SECRET } }
      constructor(readonly response: unknown) {
        super('status')
      }
    }
    const denied = await rejectionOf(
      request(() => Promise.reject(new HTTPError(new Response('', { status: 401 })))),
    )
    expect(denied).toMatchObject({ code: 'ERR_DENIED', status: 401 })
    expect(inspect(denied, { depth: 9 })).not.toContain(SECRET)
    const other = await rejectionOf(request(() => Promise.reject(new HTTPError(undefined))))
    expect(other).toMatchObject({ code: 'ERR_NETWORK', cause: new Error('HTTPError') })
    expect(inspect(other, { depth: 9 })).not.toContain(SECRET)
  })

  it('rejects with a thrown IceServerError unchanged', async () => {
    const error = new IceServerError('ERR_DENIED', 'logged out')
    expect(await rejectionOf(request(() => Promise.reject(error)))).toBe(error)
  })

  it('rejects with ERR_TIMEOUT if the function never settles, and aborts its signal', async () => {
    const signals: AbortSignal[] = []
    const endpoint: IceServerEndpoint = ({ signal }) => {
      signals.push(signal)
      return new Promise(() => {})
    }
    expect(await rejectionOf(request(endpoint, { timeoutMs: 20 }))).toMatchObject({
      code: 'ERR_TIMEOUT',
      message: 'the endpoint function: no complete response within 20 ms',
    })
    expect(signals[0]?.aborted).toBe(true)
  })
})
