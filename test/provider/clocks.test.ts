import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { broken } from '../support/create-provider.js'
import { iceServersResponse } from '../support/http-server.js'
import { connectionOf, createNumberedProvider, endAll } from '../support/numbered-provider.js'
import { advance, HOUR, MINUTE, SECOND, useFakeClock } from '../support/time.js'
import { wait } from '../support/wait.js'

beforeEach(useFakeClock)
afterEach(endAll)

describe('a clock that is put back', () => {
  it('does not make credentials live longer', async () => {
    const { endpoint, provider, events } = createNumberedProvider({}, (count) => {
      if (count > 1) throw broken
      return iceServersResponse(60)
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
    const { provider, events } = createNumberedProvider({}, () => iceServersResponse(60))
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
    const { provider } = createNumberedProvider({}, async () => {
      await wait(SECOND)
      return iceServersResponse(60)
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

describe('a clock that jumps ahead', () => {
  it('is noticed when a connection changes its state', async () => {
    const { endpoint, provider } = createNumberedProvider()
    await provider.getIceServers()
    const pc = connectionOf(provider)
    provider.attach(pc)
    vi.setSystemTime(Date.now() + 5 * HOUR)
    pc.changeIceState('disconnected')
    expect(endpoint).toHaveBeenCalledTimes(2)
  })

  it('ends the credentials, and the next look makes one request', async () => {
    const { endpoint, provider } = createNumberedProvider()
    provider.on('update', () => {})
    await advance(0)
    vi.setSystemTime(Date.now() + 5 * HOUR)
    expect(provider).toMatchObject({ current: undefined, state: 'expired' })
    await advance(MINUTE)
    expect(provider.state).toBe('fresh')
    expect(endpoint).toHaveBeenCalledTimes(2)
  })
})
