/** What closing a provider stops, and what a closed provider does. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { IceServerProvider } from '../../src/index.js'
import { attachConnection, createConnection } from '../support/attached-provider.js'
import { createProvider, networkError, respondInTurn } from '../support/create-provider.js'
import { rejectionOf } from '../support/error-of.js'
import { iceServersResponse } from '../support/http-server.js'
import { stubPageListeners } from '../support/page-listeners.js'
import { advance, HOUR, MINUTE, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(() => {
  useRealClock()
  vi.unstubAllGlobals()
})

const never = new Promise(() => {})

describe('IceServerProvider.close()', () => {
  it('aborts the request in flight, rejects pending calls, and stops timers and events', async () => {
    const { endpoint, provider, recordEvents } = createProvider(
      respondInTurn(iceServersResponse(), () => never),
    )
    const events = recordEvents()
    await provider.getIceServers()
    attachConnection(provider)
    await advance(50 * MINUTE)
    const pending = rejectionOf(provider.refresh())
    provider.close()
    expect(await pending).toMatchObject({ code: 'ERR_CLOSED', fatal: true })
    expect(endpoint.mock.calls[1]?.[0].signal.aborted).toBe(true)
    expect(provider).toMatchObject({ state: 'closed', current: undefined })
    await advance(24 * HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
    expect(events).toEqual(['fresh', 'stale', 'closed'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('emits no second event when the provider is already closed', () => {
    const { provider, recordEvents } = createProvider()
    const events = recordEvents()
    provider.close()
    provider.close()
    expect(events).toEqual(['closed'])
  })

  it('reports the state closed to all listeners, also if one of them calls close()', () => {
    const { provider } = createProvider()
    const listener = vi.fn()
    provider.on('statechange', () => provider.close())
    provider.on('statechange', listener)
    provider.close()
    expect(listener).toHaveBeenCalledExactlyOnceWith('closed')
  })

  it('ignores a response or an error that arrives after close()', async () => {
    for (const outcome of [iceServersResponse(), networkError]) {
      const { provider, recordEvents } = createProvider(respondInTurn(outcome))
      const events = recordEvents()
      const pending = rejectionOf(provider.getIceServers())
      await Promise.resolve()
      provider.close()
      expect(await pending).toMatchObject({ code: 'ERR_CLOSED' })
      await advance(0)
      expect(events).toEqual(['closed'])
    }
  })

  it('ignores a response that is being parsed when the provider is closed', async () => {
    for (const parsed of [iceServersResponse(), null]) {
      const { provider, recordEvents } = createProvider(undefined, {
        parse() {
          provider.close()
          return parsed
        },
      })
      const events = recordEvents()
      expect(await rejectionOf(provider.getIceServers())).toMatchObject({ code: 'ERR_CLOSED' })
      await advance(0)
      expect(provider).toMatchObject({ state: 'closed', current: undefined })
      expect(events).toEqual(['closed'])
    }
  })

  it('rejects the pending call and leaves no timer when the endpoint function calls close()', async () => {
    const { provider } = createProvider(() => {
      provider.close()
      return never
    })
    expect(await rejectionOf(provider.getIceServers())).toMatchObject({ code: 'ERR_CLOSED' })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('removes all page listeners when the endpoint function calls close()', async () => {
    const pageListeners = stubPageListeners()
    let countDuringRequest = 0
    const { provider } = createProvider(() => {
      countDuringRequest = pageListeners()
      provider.close()
      return never
    })
    provider.on('update', () => {})
    await advance(0)
    expect(provider.state).toBe('closed')
    expect(countDuringRequest).toBeGreaterThan(0)
    expect(pageListeners()).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('closes the provider at the end of a using block', () => {
    const { provider } = createProvider()
    provider[Symbol.dispose]()
    expect(provider.state).toBe('closed')
  })
})

describe('IceServerProvider after close()', () => {
  it.each<[string, (provider: IceServerProvider) => Promise<unknown>]>([
    ['getIceServers()', (provider) => provider.getIceServers()],
    ['getConfiguration()', (provider) => provider.getConfiguration()],
    ['refresh()', (provider) => provider.refresh()],
  ])('rejects %s with ERR_CLOSED', async (_, call) => {
    const { endpoint, provider } = createProvider()
    provider.close()
    expect(await rejectionOf(call(provider))).toMatchObject({ code: 'ERR_CLOSED' })
    expect(endpoint).not.toHaveBeenCalled()
  })

  it('throws ERR_CLOSED from attach()', () => {
    const { provider } = createProvider()
    provider.close()
    expect(() => provider.attach(createConnection())).toThrow('the provider is closed')
  })

  it('makes no request and emits no event for listeners that are added after close()', async () => {
    const { endpoint, provider } = createProvider()
    provider.close()
    const listener = vi.fn()
    provider.on('update', listener).on('error', listener).on('statechange', listener)
    await advance(24 * HOUR)
    expect(endpoint).not.toHaveBeenCalled()
    expect(listener).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })
})
