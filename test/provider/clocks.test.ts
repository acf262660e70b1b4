import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { advance, broken, HOUR, MINUTE, SECOND } from '../support/create-provider.js'
import { useFakeClock } from '../support/fake-clock.js'
import { answer } from '../support/http-server.js'
import { connectionOf, endAll, setUp } from '../support/tried-provider.js'
import { wait } from '../support/wait.js'

beforeEach(useFakeClock)
afterEach(endAll)

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
