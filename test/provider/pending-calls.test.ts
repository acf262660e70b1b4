import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { IceServerError } from '../../src/index.js'
import { createConnection } from '../support/attached-provider.js'
import { createProvider } from '../support/create-provider.js'
import { iceServersResponse } from '../support/http-server.js'
import { advance, HOUR, MINUTE, SECOND, useFakeClock, useRealClock } from '../support/time.js'

const TURN_URL = 'turn:t.org:3478?transport=udp'

beforeEach(useFakeClock)
afterEach(useRealClock)

describe('IceServerProvider.getIceServers()', () => {
  it('does not shorten the backoff while it returns stale servers', async () => {
    const respond = (count: number) => {
      if (count > 1) throw new IceServerError('ERR_NETWORK', 'down')
      return iceServersResponse(5 * 3600)
    }
    const { provider, endpoint } = createProvider(respond, { refreshMarginMs: 2 * HOUR })
    await provider.getIceServers()
    await advance(3 * HOUR)
    expect(provider.state).toBe('stale')
    for (let minute = 0; minute < 60; minute++) {
      expect(await provider.getIceServers()).toHaveLength(2)
      await advance(MINUTE)
    }
    const retries = endpoint.mock.calls.length - 2
    expect(retries).toBeGreaterThanOrEqual(1)
    expect(retries).toBeLessThanOrEqual(4)
    provider.close()
  })

  it('rejects at once while a TURN server rejects every replacement and the next request is far away', async () => {
    const { provider } = createProvider((count) => iceServersResponse(60, `u${count}`), { random: () => 1 })
    await provider.getIceServers()
    const pc = createConnection({ iceServers: provider.current?.iceServers ?? [] })
    provider.attach(pc)
    for (let i = 0; i < 60 && provider.state !== 'expired'; i++) {
      await advance(10 * SECOND)
      if (provider.state !== 'fresh') continue
      pc.negotiate()
      pc.rejectCredentials(TURN_URL)
    }
    expect(provider.state).toBe('expired')
    let outcome: unknown
    provider.getIceServers().catch((error) => {
      outcome = error
    })
    await advance(10 * SECOND)
    expect(outcome).toMatchObject({ code: 'ERR_CREDENTIALS_REJECTED', url: TURN_URL })
    provider.close()
  })
})

describe('IceServerProvider.refresh()', () => {
  it('leaves the state denied until it succeeds', async () => {
    const { provider } = createProvider(async (count) => {
      if (count === 1) throw new IceServerError('ERR_DENIED', 'denied')
      await new Promise((resolve) => setTimeout(resolve, SECOND))
      return iceServersResponse()
    }, {})
    const states: string[] = []
    provider.on('statechange', (state) => states.push(state))
    await expect(provider.getIceServers()).rejects.toMatchObject({ code: 'ERR_DENIED' })
    await advance(SECOND)
    const refreshing = provider.refresh()
    expect([provider.state, provider.isRefreshing]).toEqual(['denied', true])
    await advance(SECOND)
    await refreshing
    expect(states).toEqual(['denied', 'fresh'])
    provider.close()
  })
})
