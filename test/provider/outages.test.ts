import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { broken, denied, usernameOf } from '../support/create-provider.js'
import { iceServersResponse } from '../support/http-server.js'
import { connectionOf, createNumberedProvider, endAll, TURN_URL } from '../support/numbered-provider.js'
import { advance, HOUR, MINUTE, SECOND, useFakeClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(endAll)

describe('a TURN server that refuses the credentials', () => {
  it('is met with one refresh for all connections, and ICE restarts', async () => {
    const { endpoint, provider, events } = createNumberedProvider()
    await provider.getIceServers()
    const all = Array.from({ length: 5 }, () => connectionOf(provider))
    const onError = vi.fn()
    provider.on('error', onError)
    for (const pc of all) provider.attach(pc)
    await advance(10 * SECOND)
    for (const pc of all) {
      pc.negotiate() // with the credentials that are to be refused
      pc.rejectCredentials(TURN_URL)
    }
    await advance(10 * SECOND)
    expect(endpoint).toHaveBeenCalledTimes(2)
    expect(events).toEqual(['fresh', 'ERR_CREDENTIALS_REJECTED', 'stale', 'fresh'])
    expect(onError.mock.calls[0]?.[0].message).toBe(
      `${TURN_URL} rejected the credentials (401): check the TURN secret and the backend's clock`,
    )
    for (const pc of all) {
      expect(pc.iceServers).toBe(provider.current?.iceServers)
      expect(pc.restartIce).toHaveBeenCalledOnce()
    }
  })

  it('does not hammer the backend when it refuses whatever comes', async () => {
    const { endpoint, provider } = createNumberedProvider()
    await provider.getIceServers()
    const pc = connectionOf(provider)
    provider.attach(pc)
    provider.on('update', () => {
      setTimeout(() => {
        pc.negotiate()
        pc.rejectCredentials(TURN_URL)
      }, SECOND)
    })
    pc.rejectCredentials(TURN_URL)
    await advance(HOUR)
    // One at once, then each after twice the time since the first refusal, up to a mean of 22.5 min.
    expect(endpoint.mock.calls.length).toBeGreaterThan(5)
    expect(endpoint.mock.calls.length).toBeLessThan(12)
  })

  it('is asked about again while the backend goes on giving the same', async () => {
    const { endpoint, provider, events } = createNumberedProvider({}, (count) =>
      iceServersResponse(3600, count < 4 ? 'revoked' : 'new'),
    )
    await provider.getIceServers()
    const pc = connectionOf(provider)
    provider.attach(pc)
    pc.rejectCredentials(TURN_URL)
    await advance(MINUTE)
    expect(endpoint).toHaveBeenCalledTimes(4)
    expect(usernameOf(provider)).toBe('new')
    expect(events.filter((event) => event === 'ERR_CREDENTIALS_REJECTED')).toHaveLength(1)
  })

  it('is not heard after a denial', async () => {
    const { endpoint, provider } = createNumberedProvider({}, (count) => {
      if (count > 1) throw denied
      return iceServersResponse()
    })
    await provider.getIceServers()
    const pc = connectionOf(provider)
    provider.attach(pc)
    await advance(55 * MINUTE)
    expect(provider.state).toBe('denied')
    pc.rejectCredentials(TURN_URL)
    await advance(HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
  })
})

describe('the deadline of a restartIce function', () => {
  it.each([0, 2 * HOUR])(
    'is the end of the credentials in use, with a clock put back by %i ms',
    async (ms) => {
      const { provider } = createNumberedProvider()
      await provider.getIceServers()
      const restartIce = vi.fn()
      provider.attach(connectionOf(provider), { restartIce })
      const end = Date.now() + HOUR
      vi.setSystemTime(Date.now() - ms)
      await advance(55 * MINUTE)
      expect(restartIce).toHaveBeenCalledOnce()
      const { deadline } = restartIce.mock.calls[0]?.[1] ?? {}
      expect(Math.abs(deadline - (end - ms))).toBeLessThan(SECOND)
    },
  )
})

describe('a backend that is away for longer than the credentials live', () => {
  it('costs a bounded number of requests, and every event comes once', async () => {
    let isDown = false
    const { endpoint, provider, events } = createNumberedProvider({}, (count) => {
      if (isDown) throw broken
      return iceServersResponse(3600, `u${count}`)
    })
    await provider.getIceServers()
    const pc = connectionOf(provider)
    provider.attach(pc)
    isDown = true
    await advance(6 * HOUR)
    const failed = endpoint.mock.calls.length - 1
    // A few while the credentials live, then one in 22.5 minutes.
    expect(failed).toBeGreaterThan(12)
    expect(failed).toBeLessThan(24)
    isDown = false
    pc.changeIceState('failed') // so that it waits for no more than two minutes
    await advance(3 * MINUTE)
    const withoutErrors = events.filter((event) => event !== 'ERR_NETWORK')
    expect(withoutErrors).toEqual(['fresh', 'stale', 'expired!', 'expired', 'fresh'])
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it('is never asked more often than the minimum interval allows, whatever the dice say', async () => {
    const { endpoint, provider } = createNumberedProvider({ random: () => 0 }, () => {
      throw broken
    })
    provider.on('update', () => {})
    await advance(10 * MINUTE)
    expect(endpoint.mock.calls.length).toBeLessThanOrEqual(10 * 60 + 1)
  })
})

describe('a page that is offline', () => {
  it('does not keep a caller waiting for two minutes who comes when the network is back', async () => {
    const navigator = { onLine: false }
    vi.stubGlobal('navigator', navigator)
    const { endpoint, provider } = createNumberedProvider({}, () => {
      if (!navigator.onLine) throw broken
      return iceServersResponse()
    })
    await expect(provider.getIceServers()).rejects.toBe(broken)
    navigator.onLine = true
    await advance(5 * SECOND)
    await provider.getIceServers()
    expect(endpoint).toHaveBeenCalledTimes(2)
  })

  it('tries once, waits for the network, and then makes one request', async () => {
    const target = new EventTarget()
    const navigator = { onLine: true }
    vi.stubGlobal('navigator', navigator)
    vi.stubGlobal('addEventListener', target.addEventListener.bind(target))
    const { endpoint, provider } = createNumberedProvider({}, () => {
      if (!navigator.onLine) throw broken
      return iceServersResponse(60)
    })
    provider.on('update', () => {})
    await advance(0)
    navigator.onLine = false
    await advance(90 * SECOND)
    expect(endpoint).toHaveBeenCalledTimes(2)
    expect(provider.state).toBe('expired')
    navigator.onLine = true
    target.dispatchEvent(new Event('online'))
    await advance(SECOND)
    expect(endpoint).toHaveBeenCalledTimes(3)
    expect(provider.state).toBe('fresh')
  })
})
