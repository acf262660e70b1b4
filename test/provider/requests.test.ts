/** Which calls cause a request, and what they resolve with. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createProvider, networkError, respondInTurn, usernameOf } from '../support/create-provider.js'
import { rejectionOf } from '../support/error-of.js'
import { iceServersResponse } from '../support/http-server.js'
import { advance, HOUR, MINUTE, SECOND, useFakeClock, useRealClock } from '../support/time.js'
import { wait } from '../support/wait.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

describe('IceServerProvider', () => {
  it('starts no request and no timer before the first call', async () => {
    const { endpoint, provider } = createProvider()
    await advance(HOUR)
    expect(endpoint).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
    expect(provider).toMatchObject({ state: 'idle', current: undefined, isRefreshing: false })
  })

  it('rejects a response that has already expired, and does not request in a loop', async () => {
    const { endpoint, provider } = createProvider(() => ({
      ...iceServersResponse(),
      expiresAt: Date.now() - SECOND,
    }))
    provider.on('update', () => {})
    await advance(MINUTE)
    expect(provider.state).toBe('failing')
    expect(endpoint.mock.calls.length).toBeLessThanOrEqual(61) // minRefreshIntervalMs, without jitter
    const pending = rejectionOf(provider.getIceServers())
    await advance(SECOND)
    expect(await pending).toMatchObject({ code: 'ERR_EXPIRED' })
  })
})

describe('IceServerProvider.getIceServers() and getConfiguration()', () => {
  it('shares one request among ten thousand concurrent calls, which resolve with the same servers', async () => {
    const { endpoint, provider } = createProvider()
    const calls = Array.from({ length: 10_000 }, () => provider.getConfiguration())
    expect(provider.isRefreshing).toBe(true)
    expect(new Set(await Promise.all(calls)).size).toBe(1)
    expect(endpoint).toHaveBeenCalledOnce()
    expect(provider).toMatchObject({ state: 'fresh', isRefreshing: false })
  })

  it('resolves with a list of its own for each call, which may be changed', async () => {
    const { provider } = createProvider()
    const [first, second] = [await provider.getIceServers(), await provider.getIceServers()]
    for (const server of first) if (Array.isArray(server.urls)) server.urls.push('turn:changed')
    first.length = 1
    expect(second).toEqual(provider.current?.iceServers)
    expect(second).not.toEqual(first)
  })

  it('resolves with the current configuration while it is fresh, without a request or a timer', async () => {
    const { endpoint, provider } = createProvider()
    const configuration = await provider.getConfiguration()
    await advance(40 * MINUTE)
    expect(await provider.getConfiguration()).toBe(configuration)
    expect(provider.current).toBe(configuration)
    expect(endpoint).toHaveBeenCalledOnce()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('resolves with a stale configuration at once, and refreshes it in the background', async () => {
    const { endpoint, provider, reasons } = createProvider()
    const first = await provider.getIceServers()
    await advance(50 * MINUTE)
    expect(provider.state).toBe('stale')
    expect(await provider.getIceServers()).toEqual(first)
    await advance(0)
    expect(endpoint).toHaveBeenCalledTimes(2)
    expect(reasons()).toEqual(['initial', 'renewal'])
    expect(usernameOf(provider)).toBe('u2')
  })

  it('waits for a new configuration after the current one has expired', async () => {
    const { provider } = createProvider()
    await provider.getIceServers()
    await advance(HOUR)
    expect(provider).toMatchObject({ state: 'expired', current: undefined })
    expect((await provider.getIceServers())[1]?.username).toBe('u2')
  })

  it('rejects all pending calls when their request fails, and makes another one for the next call', async () => {
    const { provider, reasons } = createProvider(respondInTurn(networkError, iceServersResponse()))
    const calls = [1, 2, 3].map(() => rejectionOf(provider.getIceServers()))
    expect(await Promise.all(calls)).toEqual([networkError, networkError, networkError])
    const next = provider.getIceServers()
    await advance(2 * SECOND)
    expect(await next).toHaveLength(2)
    expect(reasons()).toEqual(['initial', 'initial'])
  })

  it('rejects the call whose signal is aborted, and serves the concurrent ones', async () => {
    const { endpoint, provider } = createProvider(async () => {
      await wait(100)
      return iceServersResponse()
    })
    const controller = new AbortController()
    const aborted = rejectionOf(provider.getIceServers({ signal: controller.signal }))
    const concurrent = provider.getIceServers()
    controller.abort('cancelled')
    expect(await aborted).toMatchObject({ code: 'ERR_ABORTED', cause: 'cancelled' })
    await advance(100)
    expect(await concurrent).toHaveLength(2)
    expect(endpoint).toHaveBeenCalledOnce()
  })

  it('makes no request for a call whose signal is already aborted', async () => {
    const { endpoint, provider } = createProvider()
    const options = { signal: AbortSignal.abort() }
    for (const call of [provider.getIceServers(options), provider.getConfiguration(options)]) {
      expect(await rejectionOf(call)).toMatchObject({ code: 'ERR_ABORTED' })
    }
    expect(endpoint).not.toHaveBeenCalled()
  })
})

describe('IceServerProvider.refresh()', () => {
  it('requests a new configuration although the current one is fresh', async () => {
    const { provider, reasons } = createProvider()
    await provider.getIceServers()
    const refreshing = provider.refresh()
    await advance(SECOND)
    expect((await refreshing).iceServers[1]?.username).toBe('u2')
    expect(reasons()).toEqual(['initial', 'manual'])
  })

  it('shares a request that is in flight', async () => {
    const { endpoint, provider } = createProvider()
    const first = provider.getConfiguration()
    expect(await provider.refresh()).toBe(await first)
    await advance(HOUR - 1)
    expect(endpoint).toHaveBeenCalledOnce()
  })

  it('makes no request if the signal is already aborted', async () => {
    const { endpoint, provider } = createProvider()
    const error = await rejectionOf(provider.refresh({ signal: AbortSignal.abort() }))
    expect(error).toMatchObject({ code: 'ERR_ABORTED' })
    expect(endpoint).not.toHaveBeenCalled()
  })
})
