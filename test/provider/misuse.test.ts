import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createProvider, deniedError, networkError, respondInTurn } from '../support/create-provider.js'
import { iceServersResponse } from '../support/http-server.js'
import { advance, HOUR, MINUTE, useFakeClock, useRealClock } from '../support/time.js'

describe('a provider that is passed in place of a configuration', () => {
  it('throws a TypeError with the right call when its iceServers are read, as RTCPeerConnection does', () => {
    const { provider } = createProvider()
    expect(() => Reflect.get(provider, 'iceServers')).toThrow(
      new TypeError(
        'IceServerProvider has no iceServers: pass { iceServers: await provider.getIceServers() }',
      ),
    )
  })

  it('can be listed, compared, copied, serialized and logged', () => {
    const { provider } = createProvider()
    const { provider: other } = createProvider()
    const listed: string[] = []
    for (const name in provider) listed.push(name)
    expect([...listed, ...Object.keys(provider)]).not.toContain('iceServers')
    expect({ ...provider }).toEqual({})
    expect(provider).toEqual(provider)
    expect(provider).not.toBe(other)
    expect(structuredClone(provider)).toEqual({})
    expect(JSON.stringify(provider)).toBe('{}')
    expect(inspect(provider, { showHidden: true, getters: true })).toContain('IceServerProvider')
  })
})

describe('a provider without any servers', () => {
  const warn = vi.spyOn(console, 'warn')
  beforeEach(() => {
    useFakeClock()
    warn.mockReset().mockImplementation(() => {})
  })
  afterEach(useRealClock)

  it('warns once if nobody gets to know that its requests fail', async () => {
    const { provider, endpoint } = createProvider(respondInTurn(networkError), { keepFresh: 'always' })
    await advance(10 * MINUTE)
    expect(endpoint.mock.calls.length).toBeGreaterThan(2)
    expect(warn.mock.calls).toEqual([
      [
        "IceServerProvider: no ICE servers (ERR_NETWORK: unreachable); handle it with provider.on('error', …)",
      ],
    ])
    const { provider: other } = createProvider(respondInTurn(deniedError))
    other.subscribe(() => {})
    await advance(0)
    expect(warn).toHaveBeenCalledTimes(2)
    provider.close()
  })

  it.each(['error', 'refresh'] as const)('does not warn while there is a listener for %s', async (event) => {
    const { provider } = createProvider(respondInTurn(networkError), { keepFresh: 'always' })
    provider.on(event, () => {})
    await advance(10 * MINUTE)
    expect(warn).not.toHaveBeenCalled()
  })

  it('does not warn when a promise of a caller was rejected with the error, then or later', async () => {
    const { provider } = createProvider(respondInTurn(networkError))
    provider.subscribe(() => {})
    await expect(provider.getIceServers()).rejects.toBe(networkError)
    await advance(10 * MINUTE)
    expect(warn).not.toHaveBeenCalled()
  })

  it('does not warn when it fails after it had servers', async () => {
    const { provider } = createProvider(respondInTurn(iceServersResponse(3600, 'u1'), networkError))
    provider.subscribe(() => {})
    await advance(2 * HOUR)
    expect(provider.state).toBe('failing')
    expect(warn).not.toHaveBeenCalled()
  })
})
