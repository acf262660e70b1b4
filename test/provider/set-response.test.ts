/** Responses that the app received itself: `setResponse()`. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDeferred } from '../../src/abortable.js'
import { attachConnection } from '../support/attached-provider.js'
import {
  createProvider,
  deniedError,
  networkError,
  respondInTurn,
  responseWithUsername,
  usernameOf,
} from '../support/create-provider.js'
import { rejectionOf } from '../support/error-of.js'
import { iceServersResponse } from '../support/http-server.js'
import { advance, HOUR, MINUTE, NOW, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

const expired = { ...iceServersResponse(), ttl: undefined, expiresAt: NOW - SECOND }
const link = '<turn:t.org>; rel="ice-server"; username="linked"; credential="c"'

describe('setResponse()', () => {
  it('replaces servers that are valid, fires update, and makes attached relayed calls restart ICE', async () => {
    const { provider, endpoint } = createProvider()
    await provider.getIceServers()
    const pc = attachConnection(provider)
    const onUpdate = vi.fn()
    const onRefresh = vi.fn()
    provider.on('update', onUpdate).on('refresh', onRefresh)
    const previous = provider.current
    await advance(10 * SECOND)
    const configuration = await provider.setResponse([
      { urls: 'turn:other.org', username: 'pushed', credential: 'c' },
    ])
    expect(configuration).toBe(provider.current)
    expect(configuration.fetchedAt).toBe(NOW + 10 * SECOND)
    expect(onUpdate).toHaveBeenCalledExactlyOnceWith(configuration, previous)
    expect(pc.iceServers).toEqual(configuration.iceServers)
    await advance(10 * SECOND)
    expect(pc.restartIce).toHaveBeenCalledOnce()
    expect([endpoint.mock.calls.length, onRefresh.mock.calls.length]).toEqual([1, 0])
  })

  it('reads the headers: Date, Cache-Control and Link', async () => {
    const { provider } = createProvider()
    const date = new Date(NOW + HOUR).toUTCString()
    const corrected = await provider.setResponse(
      { iceServers: [{ urls: 'stun:s.org' }], expiresAt: NOW + 2 * HOUR },
      { headers: { date } },
    )
    expect(corrected.expiresAt - NOW).toBe(HOUR - 999)
    const linked = await provider.setResponse(undefined, {
      headers: [
        ['link', link],
        ['cache-control', 'max-age=60'],
      ],
    })
    expect([linked.iceServers[0]?.username, linked.expiresAt]).toEqual(['linked', NOW + MINUTE])
  })

  it('takes the place of a request in flight, and resolves its callers', async () => {
    const response = createDeferred<unknown>()
    const { provider, endpoint } = createProvider(() => response.promise)
    const pending = [provider.getIceServers(), provider.refresh()]
    await provider.setResponse(responseWithUsername('pushed'))
    expect(await Promise.all(pending)).toEqual([provider.current?.iceServers, provider.current])
    expect(endpoint.mock.calls[0]?.[0].signal.aborted).toBe(true)
    response.resolve(responseWithUsername('late'))
    await advance(SECOND)
    expect(usernameOf(provider)).toBe('pushed')
  })

  it.each([
    ['a denial', deniedError],
    ['a failure', networkError],
  ])('ends %s, and plans the next request', async (_, error) => {
    const { provider } = createProvider(respondInTurn(error))
    await rejectionOf(provider.getIceServers())
    provider.on('update', () => {})
    await provider.setResponse(responseWithUsername('pushed'))
    expect([provider.state, provider.lastError]).toEqual(['fresh', undefined])
    expect(provider.nextRefreshAt).toBeGreaterThan(NOW)
  })

  it('fires no update for the same servers with the same expiry', async () => {
    const { provider } = createProvider()
    const response = { ...responseWithUsername('u1'), ttl: undefined, expiresAt: NOW + HOUR }
    const first = await provider.setResponse(response)
    const onUpdate = vi.fn()
    provider.on('update', onUpdate)
    expect(await provider.setResponse(response)).toBe(first)
    expect(onUpdate).not.toHaveBeenCalled()
  })

  it.each([
    ['has expired', expired, 'ERR_EXPIRED'],
    ['is not readable', 'x', 'ERR_RESPONSE'],
    ['has no usable server', [{ urls: 'turn:t.org:53', username: 'u', credential: 'c' }], 'ERR_ICE_SERVER'],
  ])('rejects a response that %s, reports it, and keeps the last good servers', async (_, response, code) => {
    const { provider, recordEvents } = createProvider()
    await provider.getIceServers()
    const events = recordEvents()
    void provider.setResponse(response) // must not be reported as unhandled
    expect(await rejectionOf(provider.setResponse(response))).toMatchObject({ code })
    expect(events).toEqual([code, code])
    expect([usernameOf(provider), provider.state]).toEqual(['u1', 'fresh'])
  })

  it('does not bring back an older response whose parse was slow', async () => {
    const slow = createDeferred<void>()
    const parse = async (body: unknown) => {
      if ((body as { isSlow?: boolean }).isSlow) await slow.promise
      return body
    }
    const { provider } = createProvider(undefined, { parse })
    const first = provider.setResponse({ ...responseWithUsername('first'), isSlow: true })
    await provider.setResponse(responseWithUsername('second'))
    slow.resolve()
    expect((await first).iceServers[1]?.username).toBe('second')
    expect(usernameOf(provider)).toBe('second')
  })

  it('does not extend the validity when the system clock was set back', async () => {
    const { provider } = createProvider()
    await provider.setResponse(iceServersResponse(60))
    vi.setSystemTime(NOW - HOUR)
    await provider.setResponse(iceServersResponse(60, 'second'))
    expect(provider.current?.expiresAt).toBe(NOW - HOUR + MINUTE)
    await advance(MINUTE)
    expect(provider.current).toBeUndefined()
  })

  it('rejects after close() with ERR_CLOSED, also if parse is still running', async () => {
    const parsed = createDeferred<unknown>()
    const { provider, recordEvents } = createProvider(undefined, { parse: () => parsed.promise })
    const events = recordEvents()
    const pending = rejectionOf(provider.setResponse(iceServersResponse()))
    provider.close()
    parsed.resolve(iceServersResponse())
    expect(await pending).toMatchObject({ code: 'ERR_CLOSED' })
    expect(await rejectionOf(provider.setResponse(iceServersResponse()))).toMatchObject({
      code: 'ERR_CLOSED',
    })
    expect([provider.current, events]).toEqual([undefined, ['closed']])
  })

  it.each<[unknown, unknown, string]>([
    [Promise.resolve([]), {}, 'response must be the parsed body, got a Promise (forgot await?)'],
    [new Response('{}'), {}, 'response must be the parsed body, got a Response'],
    [[], { header: {} }, 'unknown option header (did you mean headers?)'],
    [[], { headers: { date: '\n\u0000' } }, 'headers: fetch rejects the value of the header date'],
  ])('rejects %o with %o', async (response, options, message) => {
    const { provider } = createProvider()
    const onUnhandled = vi.fn()
    process.once('unhandledRejection', onUnhandled)
    const error = await rejectionOf(provider.setResponse(response, options as object))
    expect(error).toEqual(new TypeError(`setResponse(): ${message}`))
    useRealClock()
    await new Promise((resolve) => setTimeout(resolve))
    expect(onUnhandled).toHaveBeenCalledExactlyOnceWith(error, expect.anything())
  })

  it('shares the servers with the other tabs', async () => {
    const shareAcrossTabs = 'pushed'
    const [{ provider }, { provider: other }] = [
      createProvider(undefined, { shareAcrossTabs }),
      createProvider(undefined, { shareAcrossTabs }),
    ]
    await provider.setResponse(responseWithUsername('pushed'))
    await vi.waitFor(() => expect(usernameOf(other)).toBe('pushed'))
  })
})
