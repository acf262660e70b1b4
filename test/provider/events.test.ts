import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { usernameOf } from '../support/create-provider.js'
import { iceServersResponse } from '../support/http-server.js'
import { connection, createScriptedProvider, named, restoreAll } from '../support/scripted-provider.js'
import { advance, HOUR, MINUTE, SECOND, useFakeClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(restoreAll)

describe('events', () => {
  it('give the new and the previous configuration', async () => {
    const { provider } = createScriptedProvider([named('first'), named('second')])
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
    const { provider } = createScriptedProvider()
    const order: string[] = []
    provider.on('update', () => order.push(`update while ${provider.state}`))
    provider.on('statechange', (state) => order.push(state))
    await provider.getIceServers().then(() => order.push('caller'))
    expect(order).toEqual(['update while fresh', 'fresh', 'caller'])
  })

  it('tell no update when the same servers come with the same end', async () => {
    const { endpoint, provider } = createScriptedProvider([
      { iceServers: iceServersResponse().iceServers, expiresAt: Date.now() + HOUR },
    ])
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
    const { provider } = createScriptedProvider()
    provider.on('statechange', (state) => {
      if (state === 'fresh') provider.close()
    })
    const seen: string[] = []
    provider.on('statechange', (state) => seen.push(state))
    await provider.getIceServers()
    expect(seen).toEqual(['closed'])
  })

  it('never leave a configuration that is past its own end', async () => {
    const iceServers = iceServersResponse().iceServers
    const end = Date.now() + HOUR
    const { provider } = createScriptedProvider([
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
    const { provider } = createScriptedProvider()
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
    const { provider } = createScriptedProvider([named('first'), named('second')])
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
    const { provider } = createScriptedProvider()
    provider.on('update', () => {})
    const pc = { ...connection(), addEventListener: vi.fn(), removeEventListener: vi.fn() }
    provider.attach(pc)
    pc.signalingState = 'closed'
    await advance(50 * MINUTE)
    expect(pc.removeEventListener.mock.calls).toEqual(pc.addEventListener.mock.calls)
    expect(pc.addEventListener).toHaveBeenCalled()
  })

  it('leaves a connection alone after detach', async () => {
    const { provider } = createScriptedProvider([named('first'), named('second')])
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
    const { provider, log } = createScriptedProvider()
    const events = log()
    const [failing, other] = [connection(), connection()]
    failing.setConfiguration.mockImplementation(() => {
      throw new Error('refused')
    })
    provider.attach(failing)
    provider.attach(other)
    await advance(0)
    expect(events).toEqual(['ERR_CONNECTION', 'fresh'])
    expect(other.setConfiguration).toHaveBeenCalledOnce()
  })
})
