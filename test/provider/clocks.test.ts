/** The provider when the system clock changes. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { attachConnection } from '../support/attached-provider.js'
import { createProvider, networkError } from '../support/create-provider.js'
import { iceServersResponse } from '../support/http-server.js'
import { advance, HOUR, MINUTE, SECOND, useFakeClock, useRealClock } from '../support/time.js'
import { wait } from '../support/wait.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

/** Sets the system clock ahead, or back if the number is negative. */
const changeSystemClock = (ms: number) => void vi.setSystemTime(Date.now() + ms)

describe('IceServerProvider when the system clock is set back', () => {
  it('does not extend the validity of the credentials when the system clock is set back', async () => {
    const { endpoint, provider, recordEvents } = createProvider((count) => {
      if (count > 1) throw networkError
      return iceServersResponse(60)
    })
    const events = recordEvents()
    provider.on('update', () => {})
    await advance(0)
    changeSystemClock(-2 * HOUR)
    await advance(MINUTE)
    expect(provider.current).toBeUndefined()
    expect(events).toContain('expired event')
    expect(endpoint.mock.calls.length).toBeGreaterThan(1)
  })

  it('follows the system clock again with the next response after it was set back', async () => {
    const { provider, recordEvents } = createProvider(() => iceServersResponse(60))
    const events = recordEvents()
    provider.on('update', () => {})
    await advance(0)
    changeSystemClock(-2 * HOUR)
    await advance(10 * MINUTE)
    expect(events).not.toContain('expired event')
    const remainingMs = (provider.current?.expiresAt ?? 0) - Date.now()
    expect(remainingMs).toBeGreaterThan(0)
    expect(remainingMs).toBeLessThanOrEqual(MINUTE)
  })

  it('does not extend the validity of a response when the clock is set back during its request', async () => {
    const { provider } = createProvider(async () => {
      await wait(SECOND)
      return iceServersResponse(60)
    })
    const pending = provider.getIceServers()
    await advance(500)
    changeSystemClock(-2 * HOUR)
    await advance(500)
    await pending
    expect(provider.state).toBe('fresh')
    await advance(MINUTE)
    expect(provider.current).toBeUndefined()
  })

  it.each([0, 2])(
    'passes restartIce the expiry of the credentials in use as its deadline if the clock is %i hours back',
    async (hours) => {
      const { provider } = createProvider()
      await provider.getIceServers()
      const restartIce = vi.fn()
      attachConnection(provider, { restartIce })
      const expiresAt = Date.now() + HOUR
      changeSystemClock(-hours * HOUR)
      await advance(55 * MINUTE)
      expect(restartIce).toHaveBeenCalledOnce()
      const { deadline } = restartIce.mock.calls[0]?.[1] ?? {}
      expect(Math.abs(deadline - (expiresAt - hours * HOUR))).toBeLessThan(SECOND)
    },
  )
})

describe('IceServerProvider when the system clock jumps ahead', () => {
  it('notices that the clock jumped ahead when a connection changes its state', async () => {
    const { endpoint, provider } = createProvider()
    await provider.getIceServers()
    const pc = attachConnection(provider)
    changeSystemClock(5 * HOUR)
    pc.changeIceState('disconnected')
    expect(endpoint).toHaveBeenCalledTimes(2)
  })

  it('returns no expired credentials and makes one request after the clock jumped ahead', async () => {
    const { endpoint, provider } = createProvider()
    provider.on('update', () => {})
    await advance(0)
    changeSystemClock(5 * HOUR)
    expect(provider).toMatchObject({ current: undefined, state: 'expired' })
    await advance(MINUTE)
    expect(provider.state).toBe('fresh')
    expect(endpoint).toHaveBeenCalledTimes(2)
  })
})
