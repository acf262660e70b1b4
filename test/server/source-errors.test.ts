import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { TurnApiError } from '../../src/server/index.js'
import { createTestHandler } from '../support/handler.js'

/** What the other copy of the package in `node_modules` throws. */
class OtherTurnApiError extends Error {
  override name = 'TurnApiError'
  constructor(
    readonly status: number | undefined,
    readonly retryAfterMs?: number,
  ) {
    super('of another copy')
  }
}

const revokedProxy = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
const throwingProxy = () =>
  new Proxy(
    {},
    {
      get() {
        throw new Error('get')
      },
      getPrototypeOf() {
        throw new Error('getPrototypeOf')
      },
    },
  )
const withStatus = (status: unknown, members: object = {}) =>
  Object.assign(new Error('busy'), { status }, members)

describe('createIceServersHandler: what a source throws', () => {
  it.each<[string, unknown, string]>([
    ['a string', 'secret', 'source threw a string'],
    ['null', null, 'source threw null'],
    ['undefined', undefined, 'source threw undefined'],
    ['a number', 5, 'source threw 5'],
    ['a revoked proxy', revokedProxy(), 'source threw an object'],
    ['a throwing proxy', throwingProxy(), 'source threw an object'],
    ['an object without a prototype', Object.create(null), 'source threw an object'],
    ['a TypeError', new TypeError('secret'), 'source threw TypeError'],
    ['an AbortError', new DOMException('secret', 'AbortError'), 'source threw AbortError'],
    ['an error with the status 500', withStatus(500), 'source threw Error'],
    ['an error with a text as status', withStatus('503'), 'source threw Error'],
    ['another copy of TurnApiError', new OtherTurnApiError(401), 'of another copy'],
  ])('is 502 for %s', async (_, thrown, message) => {
    const { request, onError } = createTestHandler({ source: () => Promise.reject(thrown) })
    const response = await request()
    expect([response.status, await response.text()]).toEqual([502, '{"error":"upstream failed"}'])
    expect(onError).toHaveBeenCalledOnce()
    const [error] = onError.mock.calls[0] ?? []
    expect(error).toBeInstanceOf(TurnApiError)
    expect(error.message).toBe(message)
    expect(error.cause === thrown).toBe(true)
  })

  it.each<[string, unknown, string]>([
    ['429 of another copy of TurnApiError', new OtherTurnApiError(429, 7000), '7'],
    ['503 of another copy of TurnApiError', new OtherTurnApiError(503), '1'],
    ['the status 429 of an SDK', withStatus(429), '1'],
    ['the statusCode 503 of an SDK', withStatus(undefined, { statusCode: 503, retryAfterMs: 2500 }), '3'],
  ])('is 503 with its wait for %s', async (_, thrown, retryAfter) => {
    const { request } = createTestHandler({ source: () => Promise.reject(thrown) })
    const response = await request()
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, retryAfter])
  })

  it.each<[number, string | null, Response]>([
    [502, null, new Response('secret', { status: 401 })],
    [502, null, new Response('<html>secret')],
    [503, '9', new Response('', { status: 429, headers: { 'retry-after': '9' } })],
    [503, '1', new Response('', { status: 503 })],
  ])('is %d with Retry-After %s for a Response that is an error', async (status, retryAfter, returned) => {
    const { request, onError } = createTestHandler({ source: () => returned })
    const response = await request()
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, retryAfter])
    expect(inspect(onError.mock.calls)).not.toContain('secret')
  })

  it.each([
    ['a revoked proxy', revokedProxy()],
    ['a throwing proxy', throwingProxy()],
    ['a server that throws', [throwingProxy()]],
  ])('is 502 if it returns %s', async (_, returned) => {
    const { request } = createTestHandler({ source: () => ({ iceServers: returned }) })
    expect((await request()).status).toBe(502)
  })
})
