import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { IceServerProvider, type IceServerProviderOptions } from '../src/index.js'
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
import { fakeConnection } from './support/fake-connection.js'
import { answer } from './support/http-server.js'

const URL = 'turn:t.org:3478?transport=udp'

/** One that was made with what the provider has. */
const connectionOf = (provider: IceServerProvider) =>
  fakeConnection({ iceServers: provider.current?.iceServers ?? [] })
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** The endpoint gives another username each time, or does as it is told. */
function setUp(
  options: IceServerProviderOptions = {},
  respond = (count: number): unknown => answer(3600, `u${count}`),
) {
  const { log, ...created } = createProvider(respond, { random: () => 0.5, ...options })
  providers.push(created.provider)
  return { ...created, events: log() }
}
const providers: IceServerProvider[] = []

beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 10, 24) }))
afterEach(() => {
  for (const provider of providers.splice(0)) provider.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('a TURN server that refuses the credentials', () => {
  it('is met with one refresh for all connections, and ICE restarts', async () => {
    const { endpoint, provider, events } = setUp()
    await provider.getIceServers()
    const all = Array.from({ length: 5 }, () => connectionOf(provider))
    const onError = vi.fn()
    provider.on('error', onError)
    for (const pc of all) provider.attach(pc)
    await advance(10 * SECOND)
    for (const pc of all) {
      pc.gather() // with the credentials that are to be refused
      pc.refuse(URL)
    }
    await advance(10 * SECOND)
    expect(endpoint).toHaveBeenCalledTimes(2)
    expect(events).toEqual(['fresh', 'ERR_ICE_SERVER', 'stale', 'fresh'])
    expect(onError.mock.calls[0]?.[0].message).toBe(`${URL} refused its credentials`)
    for (const pc of all) {
      expect(pc.iceServers).toBe(provider.current?.iceServers)
      expect(pc.restartIce).toHaveBeenCalledOnce()
    }
  })

  it('does not hammer the backend when it refuses whatever comes', async () => {
    const { endpoint, provider } = setUp()
    await provider.getIceServers()
    const pc = connectionOf(provider)
    provider.attach(pc)
    provider.on('update', () => {
      setTimeout(() => {
        pc.gather()
        pc.refuse(URL)
      }, SECOND)
    })
    pc.refuse(URL)
    await advance(HOUR)
    // One at once, then each after twice the time since the first refusal, up to a mean of 22.5 min.
    expect(endpoint.mock.calls.length).toBeGreaterThan(5)
    expect(endpoint.mock.calls.length).toBeLessThan(12)
  })

  it('is asked about again while the backend goes on giving the same', async () => {
    const { endpoint, provider, events } = setUp({}, (count) => answer(3600, count < 4 ? 'revoked' : 'new'))
    await provider.getIceServers()
    const pc = connectionOf(provider)
    provider.attach(pc)
    pc.refuse(URL)
    await advance(MINUTE)
    expect(endpoint).toHaveBeenCalledTimes(4)
    expect(usernameOf(provider)).toBe('new')
    expect(events.filter((event) => event === 'ERR_ICE_SERVER')).toHaveLength(1)
  })

  it('is not heard after a denial', async () => {
    const { endpoint, provider } = setUp({}, (count) => {
      if (count > 1) throw denied
      return answer()
    })
    await provider.getIceServers()
    const pc = connectionOf(provider)
    provider.attach(pc)
    await advance(55 * MINUTE)
    expect(provider.state).toBe('denied')
    pc.refuse(URL)
    await advance(HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
  })
})

describe('a clock that is put back', () => {
  it('does not make credentials live longer', async () => {
    const { endpoint, provider, events } = setUp({}, (count) => {
      if (count > 1) throw broken
      return answer(60)
    })
    provider.on('update', () => {})
    await advance(0)
    vi.setSystemTime(Date.now() - 2 * HOUR)
    await advance(MINUTE)
    expect(provider.current).toBeUndefined()
    expect(events).toContain('expired!')
    expect(endpoint.mock.calls.length).toBeGreaterThan(1)
  })

  it('is trusted again with the next answer', async () => {
    const { provider, events } = setUp({}, () => answer(60))
    provider.on('update', () => {})
    await advance(0)
    vi.setSystemTime(Date.now() - 2 * HOUR)
    await advance(10 * MINUTE)
    expect(events).not.toContain('expired!')
    const left = (provider.current?.expiresAt ?? 0) - Date.now()
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThanOrEqual(MINUTE)
  })

  it('while the answer is under way does not make it live longer either', async () => {
    const { provider } = setUp({}, async () => {
      await wait(SECOND)
      return answer(60)
    })
    void provider.getIceServers()
    await advance(500)
    vi.setSystemTime(Date.now() - 2 * HOUR)
    await advance(500)
    expect(provider.state).toBe('fresh')
    await advance(MINUTE)
    expect(provider.current).toBeUndefined()
  })
})

describe('the deadline of a restartIce function', () => {
  it.each([0, 2 * HOUR])(
    'is the end of the credentials in use, with a clock put back by %i ms',
    async (ms) => {
      const { provider } = setUp()
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

describe('a clock that jumps ahead', () => {
  it('is noticed when a connection changes its state', async () => {
    const { endpoint, provider } = setUp()
    await provider.getIceServers()
    const pc = connectionOf(provider)
    provider.attach(pc)
    vi.setSystemTime(Date.now() + 5 * HOUR)
    pc.become('disconnected')
    expect(endpoint).toHaveBeenCalledTimes(2)
  })

  it('ends the credentials, and the next look makes one request', async () => {
    const { endpoint, provider } = setUp()
    provider.on('update', () => {})
    await advance(0)
    vi.setSystemTime(Date.now() + 5 * HOUR)
    expect(provider).toMatchObject({ current: undefined, state: 'expired' })
    await advance(MINUTE)
    expect(provider.state).toBe('fresh')
    expect(endpoint).toHaveBeenCalledTimes(2)
  })
})

describe('a backend that is away for longer than the credentials live', () => {
  it('costs a bounded number of requests, and every event comes once', async () => {
    let isDown = false
    const { endpoint, provider, events } = setUp({}, (count) => {
      if (isDown) throw broken
      return answer(3600, `u${count}`)
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
    pc.become('failed') // so that it waits for no more than two minutes
    await advance(3 * MINUTE)
    const withoutErrors = events.filter((event) => event !== 'ERR_NETWORK')
    expect(withoutErrors).toEqual(['fresh', 'stale', 'expired!', 'expired', 'fresh'])
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it('is never asked more often than the minimum interval allows, whatever the dice say', async () => {
    const { endpoint, provider } = setUp({ random: () => 0 }, () => {
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
    const { endpoint, provider } = setUp({}, () => {
      if (!navigator.onLine) throw broken
      return answer()
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
    const { endpoint, provider } = setUp({}, () => {
      if (!navigator.onLine) throw broken
      return answer(60)
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

describe('tabs that share', () => {
  beforeEach(() => void vi.useRealTimers())
  const shared = { shareAcrossTabs: 'key' }
  const setUpHanging = () => setUp(shared, () => new Promise(() => {}))
  /** One whose clock went on for 40 min and was put back by 30. */
  const setUpPutBack = async () => {
    vi.useFakeTimers({ now: Date.now(), toFake: ['Date'] })
    const { provider } = setUp({ ...shared, random: () => 0 })
    const current = await provider.getConfiguration()
    vi.setSystemTime(Date.now() + 40 * MINUTE)
    expect(provider.state).toBe('fresh')
    vi.setSystemTime(Date.now() - 30 * MINUTE)
    return { provider, current }
  }

  it('adopt what one of them fetched, also one that nobody keeps fresh', async () => {
    const [one, other] = [setUp(shared), setUp(shared)]
    await one.provider.getIceServers()
    await vi.waitFor(() => expect(other.provider.current).toEqual(one.provider.current))
    expect(other.endpoint).not.toHaveBeenCalled()
    expect(other.events).toEqual(['fresh'])
  })

  it('give a new one what they have, while its own request is under way, which then ends', async () => {
    const one = setUp(shared)
    await one.provider.getIceServers()
    const late = setUpHanging()
    expect(await late.provider.getConfiguration()).toEqual(one.provider.current)
    expect(late.endpoint).toHaveBeenCalledOnce()
    expect(late.endpoint.mock.calls[0]?.[0].signal.aborted).toBe(true)
    expect(late.events).toEqual(['fresh'])
  })

  it('wait for nobody: the request begins with the call', () => {
    const { endpoint, provider } = setUp(shared)
    void provider.getIceServers().catch(() => {})
    expect(endpoint).toHaveBeenCalledOnce()
  })

  it('keep the newer one', async () => {
    const one = setUp(shared)
    const channel = new BroadcastChannel('turnkeeper/1/key')
    const current = await one.provider.getConfiguration()
    const foreign = (fetchedAt: number, name: string) => ({
      ...current,
      fetchedAt,
      iceServers: [{ urls: `turn:${name}`, username: 'u', credential: 'c' }],
    })
    channel.postMessage(foreign(current.fetchedAt - 1, 'older'))
    channel.postMessage(foreign(current.fetchedAt, 'same'))
    await wait(50)
    expect(one.provider.current).toBe(current)
    channel.postMessage(foreign(current.fetchedAt + 1, 'newer'))
    await vi.waitFor(() => expect(one.provider.current?.iceServers[0]?.urls).toEqual(['turn:newer']))
    channel.close()
  })

  it('keep an answer that is the same as the one before, when another comes from between the two', async () => {
    const end = Date.now() + HOUR
    const { provider } = setUp({ ...shared, minRefreshIntervalMs: 1 }, () => ({
      ...answer(7200, 'same'),
      expiresAt: end,
    }))
    const current = await provider.getConfiguration()
    await wait(20)
    await provider.refresh()
    const channel = new BroadcastChannel('turnkeeper/1/key')
    const fetchedAt = current.fetchedAt + 1
    channel.postMessage({ ...current, fetchedAt, iceServers: [{ urls: 'stun:x' }] })
    await wait(100)
    expect(provider.current).toBe(current)
    channel.close()
  })

  it('do not answer who asked for a request of its own', async () => {
    const slow = async () => {
      await wait(100)
      return answer(3600, 'own')
    }
    const [one, other] = [setUp(shared), setUp(shared, slow)]
    other.provider.on('update', () => {}) // its request is under way before it is asked for
    const refreshing = other.provider.refresh()
    await one.provider.getIceServers()
    expect((await refreshing).iceServers[1]?.username).toBe('own')
    expect(other.endpoint.mock.calls[0]?.[0].signal.aborted).toBe(false)
  })

  it('do not hand on what a TURN server refused', async () => {
    const one = setUp({ ...shared, minRefreshIntervalMs: 60_000 })
    await one.provider.getIceServers()
    const pc = connectionOf(one.provider)
    one.provider.attach(pc)
    pc.refuse(URL)
    const late = setUpHanging()
    void late.provider.getIceServers().catch(() => {})
    await wait(100)
    expect(late.provider.current).toBeUndefined()
  })

  it('do not hand on what the sender knows to end sooner than its moments say', async () => {
    await setUpPutBack()
    const late = setUpHanging()
    void late.provider.getIceServers().catch(() => {})
    await wait(100)
    expect(late.provider.current).toBeUndefined()
  })

  it('take nothing by a clock that was put back', async () => {
    const { provider, current } = await setUpPutBack()
    const channel = new BroadcastChannel('turnkeeper/1/key')
    channel.postMessage({
      ...current,
      iceServers: [{ urls: 'stun:x' }],
      fetchedAt: current.fetchedAt + MINUTE,
    })
    await wait(100)
    expect(provider.current).toBe(current)
    channel.close()
  })

  it('hear nothing once they are closed, also by the endpoint', async () => {
    const [one, other] = [setUp(shared), setUp(shared)]
    const closing = setUp(shared, () => closing.provider.close())
    await expect(closing.provider.getIceServers()).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    other.provider.close()
    await one.provider.getIceServers()
    await wait(100)
    expect(other.provider).toMatchObject({ current: undefined, state: 'closed' })
  })

  it.each([true, '', 5])('need a key: %j is none', (shareAcrossTabs) => {
    expect(() => new IceServerProvider('/ice', { shareAcrossTabs } as object)).toThrow(
      new TypeError('IceServerProvider: shareAcrossTabs must be false or a key'),
    )
  })
})
