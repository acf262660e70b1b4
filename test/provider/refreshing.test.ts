/** When a provider refreshes its configuration by itself. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { IceServerProvider } from '../../src/index.js'
import { createConnection } from '../support/attached-provider.js'
import { createProvider, networkError, respondInTurn } from '../support/create-provider.js'
import { iceServersResponse } from '../support/http-server.js'
import { advance, HOUR, MINUTE, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(() => {
  useRealClock()
  vi.unstubAllGlobals()
})

type Stop = () => unknown

describe('IceServerProvider', () => {
  it.each<[string, (provider: IceServerProvider) => Stop]>([
    [
      'an update listener is registered',
      (provider) => {
        const listener = () => {}
        provider.on('update', listener)
        return () => provider.off('update', listener)
      },
    ],
    ['there is a subscriber', (provider) => provider.subscribe(() => {})],
    ['a connection is attached', (provider) => provider.attach(createConnection())],
    [
      'an attached connection is open',
      (provider) => {
        const pc = createConnection()
        provider.attach(pc)
        return () => {
          pc.signalingState = 'closed'
        }
      },
    ],
  ])('refreshes as long as %s', async (_, start) => {
    const { endpoint, provider } = createProvider(() => iceServersResponse())
    const stop = start(provider)
    await advance(0)
    expect(endpoint).toHaveBeenCalledTimes(1)
    await advance(50 * MINUTE)
    expect(endpoint).toHaveBeenCalledTimes(2)
    await advance(100 * MINUTE)
    expect(endpoint).toHaveBeenCalledTimes(4)
    stop()
    await advance(100 * MINUTE)
    expect(endpoint).toHaveBeenCalledTimes(4)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('refreshes without listeners until close() if keepFresh is always', async () => {
    const { endpoint, provider } = createProvider(undefined, { keepFresh: 'always' })
    await advance(100 * MINUTE)
    expect(endpoint).toHaveBeenCalledTimes(3)
    provider.close()
    await advance(100 * MINUTE)
    expect(endpoint).toHaveBeenCalledTimes(3)
  })

  it('does not refresh for passive listeners', async () => {
    const { endpoint, provider, recordEvents } = createProvider()
    const events = recordEvents()
    await advance(HOUR)
    expect(endpoint).not.toHaveBeenCalled()
    await provider.getIceServers()
    await advance(2 * HOUR)
    expect(events).toEqual(['fresh', 'stale', 'expired event', 'expired'])
    expect(endpoint).toHaveBeenCalledOnce()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('spreads the first refresh over the whole lifetime, and later ones over a tenth of it', async () => {
    const { endpoint, provider } = createProvider(undefined, { random: () => 1 })
    provider.on('update', () => {})
    await advance(SECOND)
    expect(endpoint).toHaveBeenCalledTimes(2)
    await advance(43 * MINUTE)
    expect(endpoint).toHaveBeenCalledTimes(2)
    await advance(MINUTE)
    expect(endpoint).toHaveBeenCalledTimes(3)
  })

  it('waits for minRefreshIntervalMs if the credentials expire sooner', async () => {
    const { endpoint, provider } = createProvider(() => iceServersResponse(1), {
      minRefreshIntervalMs: 5 * SECOND,
    })
    provider.on('update', () => {})
    await advance(0)
    await advance(50 * SECOND)
    expect(endpoint).toHaveBeenCalledTimes(11)
  })

  it('requests at decreasing intervals, without a loop, if the backend returns the same credentials', async () => {
    const { iceServers } = iceServersResponse()
    const expiresAt = Date.now() + HOUR
    const { endpoint, provider } = createProvider(() => ({ iceServers, expiresAt }))
    const onUpdate = vi.fn()
    provider.on('update', onUpdate)
    await advance(HOUR - 1)
    expect(onUpdate).toHaveBeenCalledOnce()
    expect(endpoint.mock.calls.length).toBeLessThan(25)
    expect(provider.current).toBeDefined()
  })

  it('rechecks the expiry when the page is shown, and skips the backoff when the network is back', async () => {
    const page = new EventTarget()
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
    const { endpoint, provider } = createProvider(
      respondInTurn(iceServersResponse(), networkError, iceServersResponse()),
      { random: () => 1 },
    )
    const dispatch = async (type: string) => {
      page.dispatchEvent(new Event(type))
      await advance(0)
    }
    provider.on('update', () => {})
    await advance(0)
    vi.setSystemTime(Date.now() + 55 * MINUTE) // the machine slept, and no timer fired
    await dispatch('pageshow')
    expect(endpoint).toHaveBeenCalledTimes(2)
    await advance(SECOND)
    await dispatch('pageshow')
    expect(endpoint).toHaveBeenCalledTimes(2)
    await dispatch('online')
    expect(endpoint).toHaveBeenCalledTimes(3)
  })
})
