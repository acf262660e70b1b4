/** When a provider requests credentials after a TURN server rejected the current ones. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { attachConnection } from '../support/attached-provider.js'
import {
  createProvider,
  deniedError,
  respondInTurn,
  responseWithUsername,
  TURN_URL,
  usernameOf,
} from '../support/create-provider.js'
import { iceServersResponse } from '../support/http-server.js'
import { advance, HOUR, MINUTE, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

const meanJitter = { random: () => 0.5 }

describe('IceServerProvider when a TURN server rejects the credentials', () => {
  it('refreshes once for all connections whose credentials are rejected, and each of them restarts ICE', async () => {
    const { endpoint, provider, recordEvents } = createProvider(undefined, meanJitter)
    const events = recordEvents()
    await provider.getIceServers()
    const onError = vi.fn()
    provider.on('error', onError)
    const connections = Array.from({ length: 5 }, () => attachConnection(provider))
    await advance(10 * SECOND)
    for (const pc of connections) {
      pc.negotiate() // gathers with the credentials that are rejected
      pc.rejectCredentials(TURN_URL)
    }
    await advance(10 * SECOND)
    expect(endpoint).toHaveBeenCalledTimes(2)
    expect(events).toEqual(['fresh', 'ERR_CREDENTIALS_REJECTED', 'stale', 'fresh'])
    expect(onError.mock.calls[0]?.[0].message).toBe(
      `${TURN_URL} rejected the credentials (401): check the TURN secret and the backend's clock`,
    )
    for (const pc of connections) {
      expect(pc.iceServers).toEqual(provider.current?.iceServers)
      expect(pc.restartIce).toHaveBeenCalledOnce()
    }
  })

  it('backs off when the TURN server rejects all later credentials, too', async () => {
    const { endpoint, provider } = createProvider(undefined, meanJitter)
    await provider.getIceServers()
    const pc = attachConnection(provider)
    provider.on('update', () => {
      setTimeout(() => {
        pc.negotiate()
        pc.rejectCredentials(TURN_URL)
      }, SECOND)
    })
    pc.rejectCredentials(TURN_URL)
    await advance(HOUR)
    // One at once, then each backoff doubles the time since the first rejection, up to a mean of 22.5 minutes.
    expect(endpoint.mock.calls.length).toBeGreaterThan(5)
    expect(endpoint.mock.calls.length).toBeLessThan(12)
  })

  it('requests again while the backend returns the rejected credentials', async () => {
    const { endpoint, provider, recordEvents } = createProvider(
      (count) => responseWithUsername(count < 4 ? 'revoked' : 'new'),
      meanJitter,
    )
    const events = recordEvents()
    await provider.getIceServers()
    attachConnection(provider).rejectCredentials(TURN_URL)
    await advance(MINUTE)
    expect(endpoint).toHaveBeenCalledTimes(4)
    expect(usernameOf(provider)).toBe('new')
    expect(events.filter((event) => event === 'ERR_CREDENTIALS_REJECTED')).toHaveLength(1)
  })

  it('makes no request for rejected credentials after the backend denied access', async () => {
    const { endpoint, provider } = createProvider(
      respondInTurn(iceServersResponse(), deniedError),
      meanJitter,
    )
    await provider.getIceServers()
    const pc = attachConnection(provider)
    await advance(55 * MINUTE)
    expect(provider.state).toBe('denied')
    pc.rejectCredentials(TURN_URL)
    await advance(HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
  })
})
