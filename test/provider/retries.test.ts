/** When a provider requests again after a failure, and what its callers receive until then. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  busyError,
  createProvider,
  deniedError,
  networkError,
  respondInTurn,
  responseWithUsername,
} from '../support/create-provider.js'
import { rejectionOf } from '../support/error-of.js'
import { iceServersResponse } from '../support/http-server.js'
import { advance, HOUR, MINUTE, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

describe('IceServerProvider after a failure', () => {
  it('makes no request before Retry-After, and rejects calls with the last error', async () => {
    const { endpoint, provider } = createProvider(respondInTurn(busyError(5 * MINUTE), iceServersResponse()))
    provider.on('update', () => {})
    await advance(0)
    const expected = { code: 'ERR_HTTP', retryAfterMs: 5 * MINUTE }
    expect(await rejectionOf(provider.getIceServers())).toMatchObject(expected)
    expect(await rejectionOf(provider.refresh())).toMatchObject(expected)
    await advance(5 * MINUTE - 1)
    expect(endpoint).toHaveBeenCalledTimes(1)
    await advance(SECOND + 1)
    expect(endpoint).toHaveBeenCalledTimes(2)
    expect(provider.state).toBe('fresh')
  })

  it('ignores a Retry-After that is not a number', async () => {
    const { endpoint, provider } = createProvider(respondInTurn(busyError(Number.NaN), iceServersResponse()))
    await rejectionOf(provider.getIceServers())
    const refreshing = provider.refresh()
    await advance(SECOND)
    expect(await refreshing).toBe(provider.current)
    expect(endpoint).toHaveBeenCalledTimes(2)
  })

  it('rejects calls in a loop with the last error, without a request', async () => {
    const { endpoint, provider } = createProvider(respondInTurn(networkError), { random: () => 1 })
    provider.on('update', () => {})
    await advance(40 * SECOND) // the next attempt is due in 27 s, which is more than timeoutMs
    const requestCount = endpoint.mock.calls.length
    for (let index = 0; index < 1000; index++)
      expect(await rejectionOf(provider.getIceServers())).toBe(networkError)
    expect(endpoint).toHaveBeenCalledTimes(requestCount)
  })

  it('makes an attempt within two minutes while a call is waiting', async () => {
    const { endpoint, provider } = createProvider(respondInTurn(networkError), {
      random: () => 1,
      timeoutMs: 3 * MINUTE,
    })
    provider.on('update', () => {})
    await advance(HOUR)
    const requestCount = endpoint.mock.calls.length
    const pending = rejectionOf(provider.getIceServers())
    await advance(2 * MINUTE + SECOND)
    expect(await pending).toBe(networkError)
    expect(endpoint).toHaveBeenCalledTimes(requestCount + 1)
  })

  it('lets refresh() wait for a Retry-After that is not longer than timeoutMs', async () => {
    const { provider } = createProvider(respondInTurn(busyError(10 * SECOND), iceServersResponse()), {
      timeoutMs: 10 * SECOND,
    })
    await rejectionOf(provider.getIceServers())
    const refreshing = provider.refresh()
    await advance(10 * SECOND)
    expect(await refreshing).toBe(provider.current)
  })

  it('waits for minRefreshIntervalMs when the app calls refresh() in a loop', async () => {
    const { endpoint, provider } = createProvider(respondInTurn(networkError))
    let isOver = false
    const loop = (async () => {
      while (!isOver) await provider.refresh().catch(() => {})
    })()
    await advance(20 * SECOND)
    expect(endpoint).toHaveBeenCalledTimes(21)
    isOver = true
    await advance(SECOND)
    await loop
  })
})

describe('IceServerProvider after a denial', () => {
  it('makes no request between a denial and refresh(), and returns the servers until they expire', async () => {
    const { endpoint, provider, recordEvents } = createProvider(
      respondInTurn(responseWithUsername('first'), deniedError, responseWithUsername('second')),
    )
    const events = recordEvents()
    provider.on('update', () => {})
    await advance(50 * MINUTE)
    expect(provider.state).toBe('denied')
    expect(await provider.getIceServers()).toEqual(provider.current?.iceServers)
    await advance(24 * HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
    expect(await rejectionOf(provider.getIceServers())).toBe(deniedError)
    expect(events).toEqual(['fresh', 'stale', 'ERR_DENIED', 'denied', 'expired event'])
    await provider.refresh()
    expect(provider.state).toBe('fresh')
    await advance(50 * MINUTE)
    expect(endpoint).toHaveBeenCalledTimes(4)
  })

  it('resolves getIceServers() with the response to a refresh() that is pending', async () => {
    const { provider } = createProvider(respondInTurn(deniedError, iceServersResponse()))
    expect(await rejectionOf(provider.getIceServers())).toBe(deniedError)
    const calls = [provider.refresh(), provider.getIceServers()]
    await advance(SECOND)
    expect(await Promise.all(calls)).toEqual([provider.current, provider.current?.iceServers])
  })
})

describe('IceServerProvider after a mistake of the app', () => {
  it('makes no request until refresh(), and is failing once the servers have expired', async () => {
    const bodyUsed = async () => {
      const response = Response.json(iceServersResponse())
      await response.text()
      return response
    }
    const { endpoint, provider, recordEvents } = createProvider(
      respondInTurn(responseWithUsername('first'), bodyUsed, responseWithUsername('second')),
    )
    const events = recordEvents()
    provider.on('update', () => {})
    await advance(50 * MINUTE)
    expect(provider.state).toBe('stale')
    await advance(24 * HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
    expect(await rejectionOf(provider.getIceServers())).toBe(provider.lastError)
    expect(events).toEqual(['fresh', 'stale', 'ERR_RESPONSE', 'expired event', 'failing'])
    await provider.refresh()
    expect(provider.state).toBe('fresh')
    await advance(50 * MINUTE)
    expect(endpoint).toHaveBeenCalledTimes(4)
  })
})
