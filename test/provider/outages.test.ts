/** The provider while its backend is down or the page is offline. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { attachConnection } from '../support/attached-provider.js'
import {
  createProvider,
  networkError,
  respondInTurn,
  responseWithUsername,
  usernameOf,
} from '../support/create-provider.js'
import { rejectionOf } from '../support/error-of.js'
import { iceServersResponse } from '../support/http-server.js'
import { advance, HOUR, MINUTE, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(() => {
  useRealClock()
  vi.unstubAllGlobals()
})

const meanJitter = { random: () => 0.5 }
const withoutNetworkErrors = (events: readonly string[]) => events.filter((event) => event !== 'ERR_NETWORK')

describe('IceServerProvider while the backend is down', () => {
  it('keeps the last good configuration until it expires, and recovers', async () => {
    const failures = Array(9).fill(networkError)
    const { provider, recordEvents } = createProvider(
      respondInTurn(responseWithUsername('first'), ...failures, responseWithUsername('second')),
    )
    const events = recordEvents()
    const usernames: unknown[] = []
    provider.subscribe(() => usernames.push(usernameOf(provider)))
    await advance(HOUR - 1)
    expect(usernameOf(provider)).toBe('first')
    await advance(10 * MINUTE)
    expect(usernameOf(provider)).toBe('second')
    expect(withoutNetworkErrors(events)).toEqual(['fresh', 'stale', 'expired event', 'failing', 'fresh'])
    expect(usernames).toEqual(['first', undefined, 'second'])
  })

  it('makes a bounded number of requests in a long outage, and emits every event once', async () => {
    let isDown = false
    const { endpoint, provider, recordEvents } = createProvider((count) => {
      if (isDown) throw networkError
      return responseWithUsername(`u${count}`)
    }, meanJitter)
    const events = recordEvents()
    await provider.getIceServers()
    const pc = attachConnection(provider)
    isDown = true
    await advance(6 * HOUR)
    const failureCount = endpoint.mock.calls.length - 1
    // A few while the credentials are valid, then one in 22.5 minutes.
    expect(failureCount).toBeGreaterThan(12)
    expect(failureCount).toBeLessThan(24)
    isDown = false
    pc.changeIceState('failed') // limits the backoff to two minutes
    await advance(3 * MINUTE)
    expect(withoutNetworkErrors(events)).toEqual([
      'fresh',
      'stale',
      'expired event',
      'failing',
      'fresh',
      'ERR_ICE_RESTART', // the fake app makes no offer
    ])
    expect(pc.restartIce).toHaveBeenCalledTimes(2) // once more when the first had no effect
  })

  it('makes about 70 requests in an outage of a day', async () => {
    const { endpoint, provider } = createProvider(respondInTurn(networkError), meanJitter)
    provider.on('update', () => {})
    await advance(24 * HOUR)
    // Each backoff doubles the time since the first failure, up to a mean of 22.5 minutes.
    expect(endpoint.mock.calls.length).toBeLessThan(7 + (24 * 60) / 22.5)
    expect(endpoint.mock.calls.length).toBeGreaterThan((24 * 60) / 22.5)
  })

  it('makes at most one request in minRefreshIntervalMs when the random part of the backoff is zero', async () => {
    const { endpoint, provider } = createProvider(respondInTurn(networkError), { random: () => 0 })
    provider.on('update', () => {})
    await advance(10 * MINUTE)
    expect(endpoint.mock.calls.length).toBeLessThanOrEqual(10 * 60 + 1)
  })
})

describe('IceServerProvider while the page is offline', () => {
  it('makes a request within seconds for a call after the network is back', async () => {
    const navigator = { onLine: false }
    vi.stubGlobal('navigator', navigator)
    const { endpoint, provider } = createProvider(() => {
      if (!navigator.onLine) throw networkError
      return iceServersResponse()
    }, meanJitter)
    expect(await rejectionOf(provider.getIceServers())).toBe(networkError)
    navigator.onLine = true
    await advance(5 * SECOND)
    await provider.getIceServers()
    expect(endpoint).toHaveBeenCalledTimes(2)
  })

  it('makes one attempt while it is offline, and one request when the network is back', async () => {
    const page = new EventTarget()
    const navigator = { onLine: true }
    vi.stubGlobal('navigator', navigator)
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
    const { endpoint, provider } = createProvider(() => {
      if (!navigator.onLine) throw networkError
      return iceServersResponse(60)
    }, meanJitter)
    provider.on('update', () => {})
    await advance(0)
    navigator.onLine = false
    await advance(90 * SECOND)
    expect(endpoint).toHaveBeenCalledTimes(2)
    expect(provider.state).toBe('failing')
    navigator.onLine = true
    page.dispatchEvent(new Event('online'))
    await advance(SECOND)
    expect(endpoint).toHaveBeenCalledTimes(3)
    expect(provider.state).toBe('fresh')
  })
})
