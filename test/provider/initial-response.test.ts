/** The servers of a page: the option `initialResponse`. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createProvider, responseWithUsername, usernameOf } from '../support/create-provider.js'
import { iceServersResponse } from '../support/http-server.js'
import { advance, HOUR, MINUTE, NOW, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(() => {
  useRealClock()
  vi.unstubAllGlobals()
})

const expired = { ...iceServersResponse(), ttl: undefined, expiresAt: NOW - SECOND }

describe('initialResponse', () => {
  it('is current from the start, without a request until it is due to be refreshed', async () => {
    const { provider, endpoint, reasons } = createProvider(undefined, {
      initialResponse: responseWithUsername('initial'),
    })
    expect(provider.state).toBe('fresh')
    expect(provider.current).toMatchObject({ expiresAt: NOW + HOUR, fetchedAt: NOW, expirySource: 'ttl' })
    expect(await provider.getIceServers()).toEqual(provider.current?.iceServers)
    provider.on('update', () => {})
    await advance(49 * MINUTE)
    expect(endpoint).not.toHaveBeenCalled()
    await advance(2 * MINUTE)
    expect(reasons()).toEqual(['renewal'])
    expect(usernameOf(provider)).toBe('u1')
  })

  it.each([
    ['the URL of an entry', [{ urls: 'stun:s.org' }]],
    ['another shape', { username: 'u', password: 'c', ttl: '60', uris: ['turn:t.org'] }],
  ])('is read in %s', (_, initialResponse) => {
    expect(createProvider(undefined, { initialResponse }).provider.state).toBe('fresh')
  })

  it.each([
    ['has expired', expired, 'ERR_EXPIRED'],
    ['is not readable', '{"iceServers":[]}', 'ERR_RESPONSE'],
    ['has no servers', { message: 'no session' }, 'ERR_RESPONSE'],
    ['has no TURN server although one is required', [{ urls: 'stun:s.org' }], 'ERR_ICE_SERVER'],
  ])('is ignored and reported if it %s', async (_, initialResponse, code) => {
    const { provider, recordEvents } = createProvider(undefined, { initialResponse, requireTurn: true })
    const events = recordEvents()
    expect([provider.state, provider.current]).toEqual(['idle', undefined])
    await provider.getIceServers()
    expect(events).toEqual([code, 'fresh'])
    expect(usernameOf(provider)).toBe('u1')
  })

  it.each([undefined, null])('may be %s', (initialResponse) => {
    const { provider, recordEvents } = createProvider(undefined, { initialResponse })
    expect([provider.state, recordEvents()]).toEqual(['idle', []])
  })

  it('passes through parse, which must not be async', async () => {
    const initialResponse = { data: responseWithUsername('initial') }
    const parse = (body: unknown) => (body as typeof initialResponse).data
    const { provider } = createProvider(undefined, { initialResponse, parse })
    expect(usernameOf(provider)).toBe('initial')
    for (const failing of [async () => Promise.reject(new Error('x')), () => parse(undefined)]) {
      const { provider, recordEvents } = createProvider(undefined, { initialResponse, parse: failing })
      const events = recordEvents()
      await advance(1)
      expect([provider.current, events]).toEqual([undefined, ['ERR_RESPONSE']])
    }
  })

  it('counts its lifetime from the navigation in a page', () => {
    vi.stubGlobal('document', {})
    vi.stubGlobal('performance', { timeOrigin: NOW - 10 * MINUTE, now: () => 0 })
    const read = (initialResponse: unknown) =>
      createProvider(undefined, { initialResponse }).provider.current?.expiresAt
    expect(read(iceServersResponse(3600))).toBe(NOW + 50 * MINUTE)
    // By a clock of the server that is an hour ahead.
    const serverTime = NOW - 10 * MINUTE + HOUR
    expect(read({ iceServers: [{ urls: 'stun:s.org' }], serverTime, expiresAt: serverTime + HOUR })).toBe(
      NOW + 50 * MINUTE,
    )
  })

  it('counts its lifetime from now if the clock was set back since the navigation', () => {
    vi.stubGlobal('document', {})
    vi.stubGlobal('performance', { timeOrigin: NOW + HOUR, now: () => 0 })
    const { provider } = createProvider(undefined, { initialResponse: iceServersResponse(3600) })
    expect(provider.current?.expiresAt).toBe(NOW + HOUR)
  })
})
