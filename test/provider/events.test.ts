/** The events of a provider: their order, their arguments, and listeners that interfere. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createProvider, respondInTurn, responseWithUsername } from '../support/create-provider.js'
import { iceServersResponse } from '../support/http-server.js'
import { advance, HOUR, MINUTE, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(() => {
  useRealClock()
  vi.unstubAllGlobals()
})

const { iceServers } = iceServersResponse()

describe('IceServerProvider.on()', () => {
  it('calls update listeners with the new and the previous configuration', async () => {
    const { provider } = createProvider()
    const onUpdate = vi.fn()
    provider.on('update', onUpdate)
    await advance(0)
    const first = provider.current
    await advance(50 * MINUTE)
    expect(onUpdate.mock.calls).toEqual([
      [first, undefined],
      [provider.current, first],
    ])
  })

  it('calls update listeners in the new state, before statechange listeners and the pending call', async () => {
    const { provider } = createProvider()
    const order: string[] = []
    provider.on('update', () => order.push(`update in state ${provider.state}`))
    provider.on('statechange', (state) => order.push(`statechange to ${state}`))
    await provider.getIceServers().then(() => order.push('call resolved'))
    expect(order).toEqual(['update in state fresh', 'statechange to fresh', 'call resolved'])
  })

  it('calls no update listener when a response has the same servers and the same expiry', async () => {
    const expiresAt = Date.now() + HOUR
    const { endpoint, provider } = createProvider(() => ({ iceServers, expiresAt }))
    const onUpdate = vi.fn()
    const before = await provider.getConfiguration()
    provider.on('update', onUpdate)
    const refreshing = provider.refresh()
    await advance(SECOND)
    expect(await refreshing).toBe(before)
    expect(provider.current).toBe(before)
    expect(endpoint).toHaveBeenCalledTimes(2)
    expect(onUpdate).not.toHaveBeenCalled()
  })

  it('never extends a configuration whose expiry a response moves by less than the tolerance', async () => {
    const expiresAt = Date.now() + HOUR
    const { provider } = createProvider(
      respondInTurn({ iceServers, expiresAt }, { iceServers, expiresAt: expiresAt + 900 }),
    )
    await provider.getIceServers()
    await advance(SECOND)
    await provider.refresh()
    await advance(expiresAt - Date.now())
    expect(provider.current).toBeUndefined()
  })

  it('reports only the last state to later listeners if an earlier one closes the provider', async () => {
    const { provider } = createProvider()
    provider.on('statechange', (state) => {
      if (state === 'fresh') provider.close()
    })
    const states: string[] = []
    provider.on('statechange', (state) => states.push(state))
    await provider.getIceServers()
    expect(states).toEqual(['closed'])
  })

  it('calls the other listeners and resolves the call if a listener throws, closes the provider or calls it', async () => {
    const reportError = vi.fn()
    vi.stubGlobal('reportError', reportError)
    const { provider } = createProvider(() => responseWithUsername('u'))
    const order: string[] = []
    provider.on('update', () => {
      throw new Error('listener')
    })
    provider.on('update', () => {
      void provider.getIceServers()
      order.push('update')
    })
    provider.on('statechange', (state) => {
      order.push(state)
      provider.close()
    })
    expect(await provider.getIceServers()).toHaveLength(2)
    expect(order).toEqual(['update', 'fresh', 'closed'])
    expect(reportError).toHaveBeenCalledOnce()
  })
})
