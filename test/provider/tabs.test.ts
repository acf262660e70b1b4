import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { IceServerProvider } from '../../src/index.js'
import { iceServersResponse } from '../support/http-server.js'
import { connectionOf, createNumberedProvider, endAll, TURN_URL } from '../support/numbered-provider.js'
import { HOUR, MINUTE, useFakeClock, useRealClock } from '../support/time.js'
import { wait } from '../support/wait.js'

beforeEach(useFakeClock)
afterEach(endAll)

describe('tabs that share', () => {
  beforeEach(useRealClock)

  const shared = { shareAcrossTabs: 'key' }

  const setUpHanging = () => createNumberedProvider(shared, () => new Promise(() => {}))

  /** One whose clock went on for 40 min and was put back by 30. */
  const setUpPutBack = async () => {
    vi.useFakeTimers({ now: Date.now(), toFake: ['Date'] })
    const { provider } = createNumberedProvider({ ...shared, random: () => 0 })
    const current = await provider.getConfiguration()
    vi.setSystemTime(Date.now() + 40 * MINUTE)
    await provider.getConfiguration()
    vi.setSystemTime(Date.now() - 30 * MINUTE)
    return { provider, current }
  }

  it('adopt what one of them fetched, also one that nobody keeps fresh', async () => {
    const [one, other] = [createNumberedProvider(shared), createNumberedProvider(shared)]
    await one.provider.getIceServers()
    await vi.waitFor(() => expect(other.provider.current).toEqual(one.provider.current))
    expect(other.endpoint).not.toHaveBeenCalled()
    expect(other.events).toEqual(['fresh'])
  })

  it('give a new one what they have, while its own request is under way, which then ends', async () => {
    const one = createNumberedProvider(shared)
    await one.provider.getIceServers()
    const late = setUpHanging()
    expect(await late.provider.getConfiguration()).toEqual(one.provider.current)
    expect(late.endpoint).toHaveBeenCalledOnce()
    expect(late.endpoint.mock.calls[0]?.[0].signal.aborted).toBe(true)
    expect(late.events).toEqual(['fresh'])
  })

  it('wait for nobody: the request begins with the call', () => {
    const { endpoint, provider } = createNumberedProvider(shared)
    void provider.getIceServers().catch(() => {})
    expect(endpoint).toHaveBeenCalledOnce()
  })

  it('keep the newer one', async () => {
    const one = createNumberedProvider(shared)
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
    const { provider } = createNumberedProvider({ ...shared, minRefreshIntervalMs: 1 }, () => ({
      ...iceServersResponse(7200, 'same'),
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
      return iceServersResponse(3600, 'own')
    }
    const [one, other] = [createNumberedProvider(shared), createNumberedProvider(shared, slow)]
    other.provider.on('update', () => {}) // its request is under way before it is asked for
    const refreshing = other.provider.refresh()
    await one.provider.getIceServers()
    expect((await refreshing).iceServers[1]?.username).toBe('own')
    expect(other.endpoint.mock.calls[0]?.[0].signal.aborted).toBe(false)
  })

  it('do not hand on what a TURN server refused', async () => {
    const one = createNumberedProvider({ ...shared, minRefreshIntervalMs: 60_000 })
    await one.provider.getIceServers()
    const pc = connectionOf(one.provider)
    one.provider.attach(pc)
    pc.rejectCredentials(TURN_URL)
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
    const [one, other] = [createNumberedProvider(shared), createNumberedProvider(shared)]
    const closing = createNumberedProvider(shared, () => closing.provider.close())
    await expect(closing.provider.getIceServers()).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    other.provider.close()
    await one.provider.getIceServers()
    await wait(100)
    expect(other.provider).toMatchObject({ current: undefined, state: 'closed' })
  })

  it.each([true, '', 5])('need a key: %j is none', (shareAcrossTabs) => {
    expect(() => new IceServerProvider('/ice', { shareAcrossTabs } as object)).toThrow(
      new TypeError(
        `IceServerProvider: shareAcrossTabs must be false or a non-empty string, got ${shareAcrossTabs === 5 || shareAcrossTabs === true ? shareAcrossTabs : 'an empty string'}`,
      ),
    )
  })
})
