import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { IceServerError, IceServerProvider, type IceServerProviderOptions } from '../src/index.js'
import {
  advance,
  broken,
  createProvider,
  denied,
  HOUR,
  MINUTE,
  SECOND,
  usernameOf,
} from './support/create-provider.js'
import { rejectionOf } from './support/error-of.js'
import { fakeConnection } from './support/fake-connection.js'
import { answer } from './support/http-server.js'

/** What the endpoint does at the n-th call; an error is thrown. The last one stands for all that follow. */
type Script = readonly unknown[]

function setUp(script: Script = [answer()], options: IceServerProviderOptions = {}) {
  const respond = async (count: number) => {
    const step = script[Math.min(count, script.length) - 1]
    const outcome = typeof step === 'function' ? await step() : step
    if (outcome instanceof Error) throw outcome
    return outcome
  }
  const created = createProvider(respond, options)
  return { ...created, reasons: () => created.endpoint.mock.calls.map(([{ reason }]) => reason) }
}

const busy = (retryAfterMs: number) => new IceServerError('ERR_HTTP', 'busy', { status: 429, retryAfterMs })
const named = (username: string, ttl = 3600) => answer(ttl, username)
const connection = () => fakeConnection({ iceTransportPolicy: 'relay' })

beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 10, 24) }))
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('asking for servers', () => {
  it('starts no request and no timer before anybody asks', async () => {
    const { endpoint, provider } = setUp()
    await advance(HOUR)
    expect(endpoint).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
    expect(provider).toMatchObject({ state: 'idle', current: undefined, isRefreshing: false })
  })

  it('makes one request for ten thousand callers, who get the same list', async () => {
    const { endpoint, provider } = setUp()
    const asking = Array.from({ length: 10_000 }, () => provider.getIceServers())
    expect(provider.isRefreshing).toBe(true)
    expect(new Set(await Promise.all(asking)).size).toBe(1)
    expect(endpoint).toHaveBeenCalledOnce()
    expect(provider).toMatchObject({ state: 'fresh', isRefreshing: false })
  })

  it('answers from the cache while fresh', async () => {
    const { endpoint, provider } = setUp()
    const configuration = await provider.getConfiguration()
    await advance(40 * MINUTE)
    expect(await provider.getConfiguration()).toBe(configuration)
    expect(provider.current).toBe(configuration)
    expect(endpoint).toHaveBeenCalledOnce()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('answers with the stale one and refreshes behind it', async () => {
    const { endpoint, provider, reasons } = setUp([named('first'), named('second')])
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
    const { provider } = setUp([named('first'), named('second')])
    await provider.getIceServers()
    await advance(HOUR)
    expect(provider).toMatchObject({ state: 'expired', current: undefined })
    expect((await provider.getIceServers())[1]?.username).toBe('second')
  })

  it('rejects all who wait when it fails, and tries anew for the next', async () => {
    const { provider, reasons } = setUp([broken, answer()])
    const asking = [1, 2, 3].map(() => rejectionOf(provider.getIceServers()))
    expect(await Promise.all(asking)).toEqual([broken, broken, broken])
    const next = provider.getIceServers()
    await advance(2 * SECOND)
    expect(await next).toHaveLength(2)
    expect(reasons()).toEqual(['initial', 'initial'])
  })

  it('lets one caller give up and serves the others', async () => {
    const { endpoint, provider } = setUp([() => new Promise((resolve) => setTimeout(resolve, 100, answer()))])
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
    const { endpoint, provider } = setUp()
    const options = { signal: AbortSignal.abort() }
    for (const ask of [() => provider.getIceServers(options), () => provider.refresh(options)]) {
      expect(await rejectionOf(ask())).toMatchObject({ code: 'ERR_ABORTED' })
    }
    expect(endpoint).not.toHaveBeenCalled()
  })

  it('refuses an answer that had expired, and does not loop', async () => {
    const { endpoint, provider } = setUp([{ ...answer(), expiresAt: Date.now() - SECOND }])
    provider.on('update', () => {})
    await advance(MINUTE)
    expect(provider.state).toBe('idle')
    expect(endpoint.mock.calls.length).toBeLessThanOrEqual(61) // random() is 0: the minimum interval alone
    const asking = rejectionOf(provider.getIceServers())
    await advance(SECOND)
    expect(await asking).toMatchObject({ code: 'ERR_EXPIRED' })
  })
})

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
    const { endpoint, provider } = setUp()
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
    const { endpoint, provider } = setUp([answer()], { keepFresh: 'always' })
    await advance(100 * MINUTE)
    expect(endpoint).toHaveBeenCalledTimes(3)
    provider.close()
    await advance(100 * MINUTE)
    expect(endpoint).toHaveBeenCalledTimes(3)
  })

  it('does not for those who only watch', async () => {
    const { endpoint, provider, log } = setUp()
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
    const { endpoint, provider } = setUp([answer()], { random: () => 1 })
    provider.on('update', () => {})
    await advance(SECOND)
    expect(endpoint).toHaveBeenCalledTimes(2)
    await advance(43 * MINUTE)
    expect(endpoint).toHaveBeenCalledTimes(2)
    await advance(MINUTE)
    expect(endpoint).toHaveBeenCalledTimes(3)
  })

  it('keeps the minimum interval where credentials live shorter', async () => {
    const { endpoint, provider } = setUp([answer(1)], { minRefreshIntervalMs: 5 * SECOND })
    provider.on('update', () => {})
    await advance(0)
    await advance(50 * SECOND)
    expect(endpoint).toHaveBeenCalledTimes(11)
  })

  it('asks in ever shorter steps, not in a loop, when the same credentials come until their end', async () => {
    const { endpoint, provider } = setUp([{ iceServers: answer().iceServers, expiresAt: Date.now() + HOUR }])
    const updates = vi.fn()
    provider.on('update', updates)
    await advance(HOUR - 1)
    expect(updates).toHaveBeenCalledOnce()
    expect(endpoint.mock.calls.length).toBeLessThan(25)
    expect(provider.current).toBeDefined()
  })

  it('keeps the last good one while the backend is down, and heals', async () => {
    const { provider, log } = setUp([named('first'), ...Array(9).fill(broken), named('second')])
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
    const { endpoint, provider } = setUp([broken], { random: () => 0.5 })
    provider.on('update', () => {})
    await advance(24 * HOUR)
    // Each wait is twice as long as all before, up to a mean of 22.5 min.
    expect(endpoint.mock.calls.length).toBeLessThan(7 + (24 * 60) / 22.5)
    expect(endpoint.mock.calls.length).toBeGreaterThan((24 * 60) / 22.5)
  })

  it('honours Retry-After, whoever asks', async () => {
    const { endpoint, provider } = setUp([busy(5 * MINUTE), answer()])
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
    const { endpoint, provider } = setUp([broken], { random: () => 1 })
    provider.on('update', () => {})
    await advance(40 * SECOND) // the next request is due in 27 s
    const requests = endpoint.mock.calls.length
    for (let index = 0; index < 1000; index++)
      expect(await rejectionOf(provider.getIceServers())).toBe(broken)
    expect(endpoint).toHaveBeenCalledTimes(requests)
  })

  it('lets a caller wait for a try that comes within the timeout, which is at the latest in two minutes', async () => {
    const { endpoint, provider } = setUp([broken], { random: () => 1, timeoutMs: 3 * MINUTE })
    provider.on('update', () => {})
    await advance(HOUR)
    const requests = endpoint.mock.calls.length
    const outcome = rejectionOf(provider.getIceServers())
    await advance(2 * MINUTE + SECOND)
    expect(await outcome).toBe(broken)
    expect(endpoint).toHaveBeenCalledTimes(requests + 1)

    const forced = setUp([busy(10 * SECOND), answer()], { timeoutMs: 10 * SECOND })
    await rejectionOf(forced.provider.getIceServers())
    const inTime = forced.provider.refresh()
    await advance(10 * SECOND)
    expect(await inTime).toBe(forced.provider.current)
  })

  it('stops after a denial until refresh, and keeps what is still valid', async () => {
    const { endpoint, provider, log } = setUp([named('first'), denied, named('second')])
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
    const { endpoint, provider } = setUp([answer(), broken, answer()], { random: () => 1 })
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

describe('refresh', () => {
  it('fetches anew though the present one is fresh', async () => {
    const { provider, reasons } = setUp([named('first'), named('second')])
    await provider.getIceServers()
    const refreshing = provider.refresh()
    await advance(SECOND)
    expect((await refreshing).iceServers[1]?.username).toBe('second')
    expect(reasons()).toEqual(['initial', 'requested'])
  })

  it('shares the request that is under way', async () => {
    const { endpoint, provider } = setUp()
    const first = provider.getConfiguration()
    expect(await provider.refresh()).toBe(await first)
    await advance(HOUR - 1)
    expect(endpoint).toHaveBeenCalledOnce()
  })

  it('serves those who ask for servers meanwhile, after a denial too', async () => {
    const { provider } = setUp([denied, answer()])
    expect(await rejectionOf(provider.getIceServers())).toBe(denied)
    const asking = [provider.refresh(), provider.getIceServers()]
    await advance(SECOND)
    expect(await Promise.all(asking)).toHaveLength(2)
  })

  it('does not hang on a Retry-After that is no number', async () => {
    const { endpoint, provider } = setUp([busy(Number.NaN), answer()])
    await rejectionOf(provider.getIceServers())
    const asking = provider.refresh()
    await advance(SECOND)
    expect(await asking).toBe(provider.current)
    expect(endpoint).toHaveBeenCalledTimes(2)
  })

  it('in a loop keeps the minimum interval', async () => {
    const { endpoint, provider } = setUp([broken])
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

describe('events', () => {
  it('give the new and the previous configuration', async () => {
    const { provider } = setUp([named('first'), named('second')])
    const updates = vi.fn()
    provider.on('update', updates)
    await advance(0)
    const first = provider.current
    await advance(50 * MINUTE)
    expect(updates.mock.calls).toEqual([
      [first, undefined],
      [provider.current, first],
    ])
  })

  it('tell an update before the waiting caller goes on, and the state then', async () => {
    const { provider } = setUp()
    const order: string[] = []
    provider.on('update', () => order.push(`update while ${provider.state}`))
    provider.on('statechange', (state) => order.push(state))
    await provider.getIceServers().then(() => order.push('caller'))
    expect(order).toEqual(['update while fresh', 'fresh', 'caller'])
  })

  it('tell no update when the same servers come with the same end', async () => {
    const { endpoint, provider } = setUp([{ iceServers: answer().iceServers, expiresAt: Date.now() + HOUR }])
    const updates = vi.fn()
    const before = await provider.getConfiguration()
    provider.on('update', updates)
    const after = provider.refresh()
    await advance(SECOND)
    expect(await after).toBe(before)
    expect(provider.current).toBe(before)
    expect(endpoint).toHaveBeenCalledTimes(2)
    expect(updates).not.toHaveBeenCalled()
  })

  it('end with the last state, for every listener', async () => {
    const { provider } = setUp()
    provider.on('statechange', (state) => {
      if (state === 'fresh') provider.close()
    })
    const seen: string[] = []
    provider.on('statechange', (state) => seen.push(state))
    await provider.getIceServers()
    expect(seen).toEqual(['closed'])
  })

  it('never leave a configuration that is past its own end', async () => {
    const iceServers = answer().iceServers
    const end = Date.now() + HOUR
    const { provider } = setUp([
      { iceServers, expiresAt: end },
      { iceServers, expiresAt: end + 900 },
    ])
    await provider.getIceServers()
    await advance(SECOND)
    await provider.refresh()
    await advance(end - Date.now())
    expect(provider.current).toBeUndefined()
  })

  it('survive a listener that throws, closes or asks again', async () => {
    vi.stubGlobal('reportError', vi.fn())
    const { provider } = setUp()
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
    vi.unstubAllGlobals()
  })
})

describe('attach', () => {
  it('gives a connection what is there and each update, and keeps its policy', async () => {
    const { provider } = setUp([named('first'), named('second')])
    await provider.getIceServers()
    const pc = connection()
    provider.attach(pc)
    expect(pc.getConfiguration()).toEqual({
      iceTransportPolicy: 'relay',
      iceServers: provider.current?.iceServers,
    })
    await advance(50 * MINUTE)
    expect(pc.getConfiguration()).toEqual({
      iceTransportPolicy: 'relay',
      iceServers: provider.current?.iceServers,
    })
    expect(usernameOf(provider)).toBe('second')
  })

  it('forgets closed connections whoever else keeps it refreshing', async () => {
    const { provider } = setUp()
    provider.on('update', () => {})
    const pc = { ...connection(), addEventListener: vi.fn(), removeEventListener: vi.fn() }
    provider.attach(pc)
    pc.signalingState = 'closed'
    await advance(50 * MINUTE)
    expect(pc.removeEventListener.mock.calls).toEqual(pc.addEventListener.mock.calls)
    expect(pc.addEventListener).toHaveBeenCalled()
  })

  it('leaves a connection alone after detach', async () => {
    const { provider } = setUp([named('first'), named('second')])
    const pc = connection()
    const detach = provider.attach(pc)
    provider.on('update', () => {})
    await advance(0)
    detach()
    detach()
    await advance(50 * MINUTE)
    expect(usernameOf(provider)).toBe('second')
    expect(pc.setConfiguration).toHaveBeenCalledOnce()
  })

  it('tells when a connection refuses, and goes on', async () => {
    const { provider, log } = setUp()
    const events = log()
    const [failing, other] = [connection(), connection()]
    failing.setConfiguration.mockImplementation(() => {
      throw new Error('refused')
    })
    provider.attach(failing)
    provider.attach(other)
    await advance(0)
    expect(events).toEqual(['ERR_ICE_SERVER', 'fresh'])
    expect(other.setConfiguration).toHaveBeenCalledOnce()
  })
})

describe('close', () => {
  it('ends everything, once', async () => {
    const { endpoint, provider, log } = setUp([answer(), () => new Promise(() => {})])
    const events = log()
    const pc = connection()
    provider.attach(pc)
    await advance(50 * MINUTE)
    const waiting = rejectionOf(provider.refresh())
    provider.close()
    provider.close()
    const late = vi.fn()
    provider.on('error', late)
    expect(await waiting).toMatchObject({ code: 'ERR_CLOSED', fatal: true })
    expect(endpoint.mock.calls[1]?.[0].signal.aborted).toBe(true)
    expect(provider).toMatchObject({ state: 'closed', current: undefined })
    expect(events).toEqual(['fresh', 'stale', 'closed'])
    expect(vi.getTimerCount()).toBe(0)
    provider.on('update', () => {})
    await advance(24 * HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
    expect(late).not.toHaveBeenCalled()
    expect(events).toHaveLength(3)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('refuses whoever asks after it', async () => {
    const { provider } = setUp()
    provider.close()
    for (const ask of [
      () => provider.getIceServers(),
      () => provider.getConfiguration(),
      () => provider.refresh(),
    ]) {
      expect(await rejectionOf(ask())).toMatchObject({ code: 'ERR_CLOSED' })
    }
    expect(() => provider.attach(connection())).toThrow('the provider is closed')
  })

  it('ignores an answer or an error that comes too late', async () => {
    for (const late of [answer(), broken]) {
      const { provider, log } = setUp([late])
      const events = log()
      const asking = rejectionOf(provider.getIceServers())
      await Promise.resolve()
      provider.close()
      expect(await asking).toMatchObject({ code: 'ERR_CLOSED' })
      await advance(0)
      expect(events).toEqual(['closed'])
    }
  })

  it('may be called by the endpoint, and leaves no listener behind', async () => {
    const target = new EventTarget()
    let listeners = 0
    vi.stubGlobal(
      'addEventListener',
      (type: string, listener: () => void, options: AddEventListenerOptions) => {
        listeners++
        options.signal?.addEventListener('abort', () => listeners--)
        target.addEventListener(type, listener, options)
      },
    )
    const provider: IceServerProvider = new IceServerProvider(() => {
      provider.close()
      return new Promise(() => {})
    })
    const asking = rejectionOf(provider.getIceServers())
    provider.on('update', () => {})
    expect(await asking).toMatchObject({ code: 'ERR_CLOSED' })
    expect(listeners).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
    vi.unstubAllGlobals()
  })

  it('ignores an answer during whose reading it was closed', async () => {
    for (const outcome of [() => answer(), () => null]) {
      const { provider, log } = setUp([answer()], {
        parse() {
          provider.close()
          return outcome()
        },
      })
      const events = log()
      expect(await rejectionOf(provider.getIceServers())).toMatchObject({ code: 'ERR_CLOSED' })
      await advance(0)
      expect(provider).toMatchObject({ state: 'closed', current: undefined })
      expect(events).toEqual(['closed'])
    }
  })

  it('comes with the end of a using block', () => {
    const { provider } = setUp()
    provider[Symbol.dispose]()
    expect(provider.state).toBe('closed')
  })
})
