/** Calls that wait while requests fail, credentials are rejected or access is denied. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { attachConnection } from '../support/attached-provider.js'
import {
  createProvider,
  deniedError,
  networkError,
  respondInTurn,
  TURN_URL,
} from '../support/create-provider.js'
import { rejectionOf } from '../support/error-of.js'
import { iceServersResponse } from '../support/http-server.js'
import { advance, HOUR, MINUTE, SECOND, useFakeClock, useRealClock } from '../support/time.js'
import { wait } from '../support/wait.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

describe('IceServerProvider.getIceServers()', () => {
  it('does not shorten the backoff while it returns stale servers', async () => {
    const { provider, endpoint } = createProvider(respondInTurn(iceServersResponse(5 * 3600), networkError), {
      refreshMarginMs: 2 * HOUR,
    })
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
  })

  it('rejects at once while a TURN server rejects every replacement and the next request is far away', async () => {
    const { provider } = createProvider((count) => iceServersResponse(60, `u${count}`), { random: () => 1 })
    await provider.getIceServers()
    const pc = attachConnection(provider)
    for (let i = 0; i < 60 && provider.state !== 'expired'; i++) {
      await advance(10 * SECOND)
      if (provider.state !== 'fresh') continue
      pc.negotiate()
      pc.rejectCredentials(TURN_URL)
    }
    expect(provider.state).toBe('expired')
    const error = await rejectionOf(provider.getIceServers())
    expect(error).toMatchObject({ code: 'ERR_CREDENTIALS_REJECTED', url: TURN_URL })
  })
})

describe('IceServerProvider.refresh()', () => {
  it('leaves the state denied until it succeeds', async () => {
    const { provider, recordEvents } = createProvider(
      respondInTurn(deniedError, async () => {
        await wait(SECOND)
        return iceServersResponse()
      }),
    )
    const events = recordEvents()
    expect(await rejectionOf(provider.getIceServers())).toBe(deniedError)
    await advance(SECOND)
    const refreshing = provider.refresh()
    expect([provider.state, provider.isRefreshing]).toEqual(['denied', true])
    await advance(SECOND)
    await refreshing
    expect(events).toEqual(['ERR_DENIED', 'denied', 'fresh'])
  })
})
