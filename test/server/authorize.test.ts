import type { AddressInfo } from 'node:net'
import { runInNewContext } from 'node:vm'
import { serve } from '@hono/node-server'
import { HTTPException } from 'hono/http-exception'
import createHttpError from 'http-errors'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createIceServersHandler } from '../../src/server/index.js'
import { APP, createTestHandler, server } from '../support/handler.js'
import { startServer } from '../support/http-server.js'

/** Creates a handler whose `authorize` throws a value. */
const createThrowing = (thrown: unknown) =>
  createTestHandler({
    authorize: () => {
      throw thrown
    },
  })

describe('createIceServersHandler: what authorize throws', () => {
  it.each<[string, 401 | 403, unknown]>([
    ['an HTTPException of Hono', 401, new HTTPException(401, { message: 'secret' })],
    ['an HTTPException of Hono', 403, new HTTPException(403)],
    ['an error of http-errors', 401, createHttpError(401, 'secret')],
    ['an error of http-errors', 403, createHttpError(403)],
    ['an error of h3', 401, Object.assign(new Error('secret'), { statusCode: 401 })],
    ['an error of SvelteKit', 403, { status: 403, body: { message: 'secret' } }],
    [
      'an error of another realm',
      401,
      runInNewContext('Object.assign(new Error("secret"), { status: 401 })'),
    ],
  ])('rejects with the status of %s: %i', async (_, status, thrown) => {
    const { request, source, onError } = createThrowing(thrown)
    const response = await request({ headers: { origin: APP } })
    const error = status === 401 ? 'unauthorized' : 'forbidden'
    expect([response.status, await response.json()]).toEqual([status, { error }])
    expect(response.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null)
    expect(response.headers.get('access-control-allow-origin')).toBe(APP)
    expect(onError).not.toHaveBeenCalled()
    expect(source).not.toHaveBeenCalled()
  })

  it('rejects with a Response, and forbids caching it', async () => {
    const headers = { vary: 'Cookie', 'cache-control': 'public', location: '/login' }
    const { request, source, onError } = createThrowing(new Response(null, { status: 302, headers }))
    const response = await request()
    expect([response.status, response.headers.get('location')]).toEqual([302, '/login'])
    expect(Object.fromEntries(response.headers)).toMatchObject({
      vary: 'Cookie, Origin',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    expect(onError).not.toHaveBeenCalled()
    expect(source).not.toHaveBeenCalled()
  })

  it('rejects with a Response of another implementation of Fetch', async () => {
    const other = {
      [Symbol.toStringTag]: 'Response',
      status: 403,
      headers: new Headers({ 'x-own': 'yes' }),
      body: null,
    }
    for (const options of [
      { authorize: () => other as unknown as Response },
      { authorize: () => Promise.reject(other) },
    ]) {
      const response = await createTestHandler(options).request()
      expect([response.status, response.headers.get('x-own')]).toEqual([403, 'yes'])
    }
  })

  it('responds with the Response of fetch() although @hono/node-server has replaced the global class', async () => {
    const session = await startServer((response) =>
      response.writeHead(403, { 'x-reason': 'expired' }).end('no'),
    )
    const handle = createIceServersHandler({ source: () => [server], authorize: () => fetch(session.url) })
    const listening = serve({ fetch: (request) => handle(request), port: 0 })
    onTestFinished(() => void listening.close())
    const { port } = listening.address() as AddressInfo
    const response = await fetch(`http://127.0.0.1:${port}/`)
    expect([response.status, await response.text()]).toEqual([403, 'no'])
    expect(response.headers.get('x-reason')).toBe('expired')
  })

  it.each<[string, unknown]>([
    ['an error', new Error('secret')],
    ['a string', 'secret'],
    ['undefined', undefined],
    ['null', null],
    ['another status', Object.assign(new Error('secret'), { status: 404 })],
    ['a status that is a string', Object.assign(new Error('secret'), { status: '401' })],
    ['a getter that throws', Object.defineProperty(new Error('secret'), 'status', { get: () => fail() })],
    [
      'a hostile proxy',
      new Proxy({}, { get: () => fail(), has: () => fail(), getPrototypeOf: () => fail() }),
    ],
  ])('responds 500 to anything else, and calls onError: %s', async (_, thrown) => {
    const { request, onError, source } = createThrowing(thrown)
    const response = await request()
    expect([response.status, await response.text()]).toEqual([500, '{"error":"internal error"}'])
    expect(onError).toHaveBeenCalledOnce()
    expect(onError.mock.calls[0]?.[0] === thrown).toBe(true)
    expect(onError.mock.calls[0]?.[1]).toMatchObject({ stage: 'authorize' })
    expect(source).not.toHaveBeenCalled()
  })
})

function fail(): never {
  throw new Error('secret')
}
