import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { IceServerProvider } from '../../src/index.js'
import { broken, denied, usernameOf } from '../support/create-provider.js'
import { rejectionOf } from '../support/error-of.js'
import { iceServersResponse } from '../support/http-server.js'
import { busy, connection, createScriptedProvider, named, restoreAll } from '../support/scripted-provider.js'
import { advance, HOUR, MINUTE, SECOND, useFakeClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(restoreAll)

describe('refreshing by itself', () => {
  it.each<[string, (provider: IceServerProvider) => () => unknown]>([
    [
      'an update listener',
      (provider) => {
        const listener = () => {}
        provider.on('update', listener)
        return () => provider.off('update', listener)
      },
    ],
    ['a subscriber', (provider) => provider.subscribe(() => {})],
    ['an attached connection', (provider) => provider.attach(connection())],
    [
      'a connection until it is closed',
      (provider) => {
        const pc = connection()
        provider.attach(pc)
        return () => {
          pc.signalingState = 'closed'
        }
      },
    ],
  ])('goes on while there is %s', async (_, start) => {
    const { endpoint, provider } = createScriptedProvider()
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

  it('goes on without anybody when told to keep fresh always', async () => {
    const { endpoint, provider } = createScriptedProvider([iceServersResponse()], { keepFresh: 'always' })
    await advance(100 * MINUTE)
    expect(endpoint).toHaveBeenCalledTimes(3)
    provider.close()
    await advance(100 * MINUTE)
    expect(endpoint).toHaveBeenCalledTimes(3)
  })

  it('does not for those who only watch', async () => {
    const { endpoint, provider, log } = createScriptedProvider()
    const events = log()
    await advance(HOUR)
    expect(endpoint).not.toHaveBeenCalled()
    await provider.getIceServers()
    await advance(2 * HOUR)
    expect(events).toEqual(['fresh', 'stale', 'expired!', 'expired'])
    expect(endpoint).toHaveBeenCalledOnce()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('spreads over clients: the first refresh comes at any moment, the next a tenth of the lifetime sooner at most', async () => {
    const { endpoint, provider } = createScriptedProvider([iceServersResponse()], { random: () => 1 })
    provider.on('update', () => {})
    await advance(SECOND)
    expect(endpoint).toHaveBeenCalledTimes(2)
    await advance(43 * MINUTE)
    expect(endpoint).toHaveBeenCalledTimes(2)
    await advance(MINUTE)
    expect(endpoint).toHaveBeenCalledTimes(3)
  })

  it('keeps the minimum interval where credentials live shorter', async () => {
    const { endpoint, provider } = createScriptedProvider([iceServersResponse(1)], {
      minRefreshIntervalMs: 5 * SECOND,
    })
    provider.on('update', () => {})
    await advance(0)
    await advance(50 * SECOND)
    expect(endpoint).toHaveBeenCalledTimes(11)
  })

  it('asks in ever shorter steps, not in a loop, when the same credentials come until their end', async () => {
    const { endpoint, provider } = createScriptedProvider([
      { iceServers: iceServersResponse().iceServers, expiresAt: Date.now() + HOUR },
    ])
    const updates = vi.fn()
    provider.on('update', updates)
    await advance(HOUR - 1)
    expect(updates).toHaveBeenCalledOnce()
    expect(endpoint.mock.calls.length).toBeLessThan(25)
    expect(provider.current).toBeDefined()
  })

  it('keeps the last good one while the backend is down, and heals', async () => {
    const { provider, log } = createScriptedProvider([
      named('first'),
      ...Array(9).fill(broken),
      named('second'),
    ])
    const events = log()
    const seen: unknown[] = []
    provider.subscribe(() => seen.push(usernameOf(provider)))
    await advance(HOUR - 1)
    expect(usernameOf(provider)).toBe('first')
    await advance(10 * MINUTE)
    expect(usernameOf(provider)).toBe('second')
    expect(events.filter((event) => event !== 'ERR_NETWORK')).toEqual([
      'fresh',
      'stale',
      'expired!',
      'expired',
      'fresh',
    ])
    expect(seen).toEqual(['first', undefined, 'second'])
  })

  it('backs off, so that a day of outage is no load', async () => {
    const { endpoint, provider } = createScriptedProvider([broken], { random: () => 0.5 })
    provider.on('update', () => {})
    await advance(24 * HOUR)
    // Each wait is twice as long as all before, up to a mean of 22.5 min.
    expect(endpoint.mock.calls.length).toBeLessThan(7 + (24 * 60) / 22.5)
    expect(endpoint.mock.calls.length).toBeGreaterThan((24 * 60) / 22.5)
  })

  it('honours Retry-After, whoever asks', async () => {
    const { endpoint, provider } = createScriptedProvider([busy(5 * MINUTE), iceServersResponse()])
    provider.on('update', () => {})
    await advance(0)
    for (const ask of [() => provider.getIceServers(), () => provider.refresh()]) {
      expect(await rejectionOf(ask())).toMatchObject({ code: 'ERR_HTTP', retryAfterMs: 5 * MINUTE })
    }
    await advance(5 * MINUTE - 1)
    expect(endpoint).toHaveBeenCalledTimes(1)
    await advance(SECOND + 1)
    expect(endpoint).toHaveBeenCalledTimes(2)
    expect(provider.state).toBe('fresh')
  })

  it('answers a caller in a loop with the last error, without a request', async () => {
    const { endpoint, provider } = createScriptedProvider([broken], { random: () => 1 })
    provider.on('update', () => {})
    await advance(40 * SECOND) // the next request is due in 27 s
    const requests = endpoint.mock.calls.length
    for (let index = 0; index < 1000; index++)
      expect(await rejectionOf(provider.getIceServers())).toBe(broken)
    expect(endpoint).toHaveBeenCalledTimes(requests)
  })

  it('lets a caller wait for a try that comes within the timeout, which is at the latest in two minutes', async () => {
    const { endpoint, provider } = createScriptedProvider([broken], {
      random: () => 1,
      timeoutMs: 3 * MINUTE,
    })
    provider.on('update', () => {})
    await advance(HOUR)
    const requests = endpoint.mock.calls.length
    const outcome = rejectionOf(provider.getIceServers())
    await advance(2 * MINUTE + SECOND)
    expect(await outcome).toBe(broken)
    expect(endpoint).toHaveBeenCalledTimes(requests + 1)

    const forced = createScriptedProvider([busy(10 * SECOND), iceServersResponse()], {
      timeoutMs: 10 * SECOND,
    })
    await rejectionOf(forced.provider.getIceServers())
    const inTime = forced.provider.refresh()
    await advance(10 * SECOND)
    expect(await inTime).toBe(forced.provider.current)
  })

  it('stops after a denial until refresh, and keeps what is still valid', async () => {
    const { endpoint, provider, log } = createScriptedProvider([named('first'), denied, named('second')])
    const events = log()
    provider.on('update', () => {})
    await advance(50 * MINUTE)
    expect(provider.state).toBe('denied')
    expect(await provider.getIceServers()).toBe(provider.current?.iceServers)
    await advance(24 * HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
    expect(await rejectionOf(provider.getIceServers())).toBe(denied)
    expect(events).toEqual(['fresh', 'stale', 'ERR_DENIED', 'denied', 'expired!'])
    await provider.refresh()
    expect(provider.state).toBe('fresh')
    await advance(50 * MINUTE)
    expect(endpoint).toHaveBeenCalledTimes(4)
  })

  it('checks at once when the page wakes, and drops the back-off when the network is back', async () => {
    const target = new EventTarget()
    vi.stubGlobal('addEventListener', target.addEventListener.bind(target))
    vi.stubGlobal('removeEventListener', target.removeEventListener.bind(target))
    const { endpoint, provider } = createScriptedProvider(
      [iceServersResponse(), broken, iceServersResponse()],
      { random: () => 1 },
    )
    provider.on('update', () => {})
    await advance(0)
    vi.setSystemTime(Date.now() + 55 * MINUTE) // asleep: no timer ran
    target.dispatchEvent(new Event('pageshow'))
    await advance(0)
    expect(endpoint).toHaveBeenCalledTimes(2)
    await advance(SECOND)
    target.dispatchEvent(new Event('pageshow'))
    await advance(0)
    expect(endpoint).toHaveBeenCalledTimes(2)
    target.dispatchEvent(new Event('online'))
    await advance(0)
    expect(endpoint).toHaveBeenCalledTimes(3)
    vi.unstubAllGlobals()
  })
})
