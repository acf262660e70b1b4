import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { broken, denied, usernameOf } from '../support/create-provider.js'
import { rejectionOf } from '../support/error-of.js'
import { iceServersResponse } from '../support/http-server.js'
import { busy, createScriptedProvider, named, restoreAll } from '../support/scripted-provider.js'
import { advance, HOUR, MINUTE, SECOND, useFakeClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(restoreAll)

describe('asking for servers', () => {
  it('starts no request and no timer before anybody asks', async () => {
    const { endpoint, provider } = createScriptedProvider()
    await advance(HOUR)
    expect(endpoint).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
    expect(provider).toMatchObject({ state: 'idle', current: undefined, isRefreshing: false })
  })

  it('makes one request for ten thousand callers, who get the same list', async () => {
    const { endpoint, provider } = createScriptedProvider()
    const asking = Array.from({ length: 10_000 }, () => provider.getIceServers())
    expect(provider.isRefreshing).toBe(true)
    expect(new Set(await Promise.all(asking)).size).toBe(1)
    expect(endpoint).toHaveBeenCalledOnce()
    expect(provider).toMatchObject({ state: 'fresh', isRefreshing: false })
  })

  it('answers from the cache while fresh', async () => {
    const { endpoint, provider } = createScriptedProvider()
    const configuration = await provider.getConfiguration()
    await advance(40 * MINUTE)
    expect(await provider.getConfiguration()).toBe(configuration)
    expect(provider.current).toBe(configuration)
    expect(endpoint).toHaveBeenCalledOnce()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('answers with the stale one and refreshes behind it', async () => {
    const { endpoint, provider, reasons } = createScriptedProvider([named('first'), named('second')])
    const first = await provider.getIceServers()
    await advance(50 * MINUTE)
    expect(provider.state).toBe('stale')
    expect(await provider.getIceServers()).toBe(first)
    await advance(0)
    expect(endpoint).toHaveBeenCalledTimes(2)
    expect(reasons()).toEqual(['initial', 'renewal'])
    expect(usernameOf(provider)).toBe('second')
  })

  it('waits when it has expired', async () => {
    const { provider } = createScriptedProvider([named('first'), named('second')])
    await provider.getIceServers()
    await advance(HOUR)
    expect(provider).toMatchObject({ state: 'expired', current: undefined })
    expect((await provider.getIceServers())[1]?.username).toBe('second')
  })

  it('rejects all who wait when it fails, and tries anew for the next', async () => {
    const { provider, reasons } = createScriptedProvider([broken, iceServersResponse()])
    const asking = [1, 2, 3].map(() => rejectionOf(provider.getIceServers()))
    expect(await Promise.all(asking)).toEqual([broken, broken, broken])
    const next = provider.getIceServers()
    await advance(2 * SECOND)
    expect(await next).toHaveLength(2)
    expect(reasons()).toEqual(['initial', 'initial'])
  })

  it('lets one caller give up and serves the others', async () => {
    const { endpoint, provider } = createScriptedProvider([
      () => new Promise((resolve) => setTimeout(resolve, 100, iceServersResponse())),
    ])
    const controller = new AbortController()
    const leaving = rejectionOf(provider.getIceServers({ signal: controller.signal }))
    const staying = provider.getIceServers()
    controller.abort('bored')
    expect(await leaving).toMatchObject({ code: 'ERR_ABORTED', cause: 'bored' })
    await advance(100)
    expect(await staying).toHaveLength(2)
    expect(endpoint).toHaveBeenCalledOnce()
  })

  it('does nothing for a caller who has already given up', async () => {
    const { endpoint, provider } = createScriptedProvider()
    const options = { signal: AbortSignal.abort() }
    for (const ask of [() => provider.getIceServers(options), () => provider.refresh(options)]) {
      expect(await rejectionOf(ask())).toMatchObject({ code: 'ERR_ABORTED' })
    }
    expect(endpoint).not.toHaveBeenCalled()
  })

  it('refuses an answer that had expired, and does not loop', async () => {
    const { endpoint, provider } = createScriptedProvider([
      { ...iceServersResponse(), expiresAt: Date.now() - SECOND },
    ])
    provider.on('update', () => {})
    await advance(MINUTE)
    expect(provider.state).toBe('idle')
    expect(endpoint.mock.calls.length).toBeLessThanOrEqual(61) // random() is 0: the minimum interval alone
    const asking = rejectionOf(provider.getIceServers())
    await advance(SECOND)
    expect(await asking).toMatchObject({ code: 'ERR_EXPIRED' })
  })
})

describe('refresh', () => {
  it('fetches anew though the present one is fresh', async () => {
    const { provider, reasons } = createScriptedProvider([named('first'), named('second')])
    await provider.getIceServers()
    const refreshing = provider.refresh()
    await advance(SECOND)
    expect((await refreshing).iceServers[1]?.username).toBe('second')
    expect(reasons()).toEqual(['initial', 'requested'])
  })

  it('shares the request that is under way', async () => {
    const { endpoint, provider } = createScriptedProvider()
    const first = provider.getConfiguration()
    expect(await provider.refresh()).toBe(await first)
    await advance(HOUR - 1)
    expect(endpoint).toHaveBeenCalledOnce()
  })

  it('serves those who ask for servers meanwhile, after a denial too', async () => {
    const { provider } = createScriptedProvider([denied, iceServersResponse()])
    expect(await rejectionOf(provider.getIceServers())).toBe(denied)
    const asking = [provider.refresh(), provider.getIceServers()]
    await advance(SECOND)
    expect(await Promise.all(asking)).toHaveLength(2)
  })

  it('does not hang on a Retry-After that is no number', async () => {
    const { endpoint, provider } = createScriptedProvider([busy(Number.NaN), iceServersResponse()])
    await rejectionOf(provider.getIceServers())
    const asking = provider.refresh()
    await advance(SECOND)
    expect(await asking).toBe(provider.current)
    expect(endpoint).toHaveBeenCalledTimes(2)
  })

  it('in a loop keeps the minimum interval', async () => {
    const { endpoint, provider } = createScriptedProvider([broken])
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
