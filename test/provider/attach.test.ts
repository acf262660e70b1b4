/** What a provider does with attached connections. Their ICE restarts are tested in `peer/`. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createConnection, OLD } from '../support/attached-provider.js'
import { createProvider, usernameOf } from '../support/create-provider.js'
import { advance, MINUTE, NOW, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

describe('IceServerProvider.attach()', () => {
  it('writes the current servers and each update to a connection, and keeps its iceTransportPolicy', async () => {
    const { provider } = createProvider()
    await provider.getIceServers()
    const pc = createConnection({ iceTransportPolicy: 'relay' })
    provider.attach(pc)
    const expectCurrentServers = () =>
      expect(pc.getConfiguration()).toEqual({
        iceTransportPolicy: 'relay',
        iceServers: provider.current?.iceServers,
      })
    expectCurrentServers()
    await advance(50 * MINUTE)
    expect(usernameOf(provider)).toBe('u2')
    expectCurrentServers()
  })

  it('emits attach with the connection each time that it is attached', () => {
    const { provider } = createProvider()
    const onAttach = vi.fn()
    provider.on('attach', onAttach)
    const pc = createConnection()
    provider.attach(pc)
    provider.attach(pc)
    expect(() => provider.attach({} as never)).toThrow(TypeError)
    expect(onAttach.mock.calls).toEqual([[pc], [pc]])
  })

  it('removes its listeners from a closed connection, also while the provider keeps refreshing', async () => {
    const { provider } = createProvider()
    provider.on('update', () => {})
    const pc = { ...createConnection(), addEventListener: vi.fn(), removeEventListener: vi.fn() }
    provider.attach(pc)
    expect(pc.addEventListener).toHaveBeenCalled()
    pc.signalingState = 'closed'
    await advance(50 * MINUTE)
    expect(pc.removeEventListener.mock.calls).toEqual(pc.addEventListener.mock.calls)
  })

  it('plans no refresh as soon as the last connection is closed', async () => {
    const { provider } = createProvider()
    await provider.getIceServers()
    const pc = createConnection()
    provider.attach(pc)
    expect(provider.nextRefreshAt).toBe(NOW + 50 * MINUTE)
    pc.signalingState = 'closed'
    expect(provider.nextRefreshAt).toBeUndefined()
  })

  it('returns a function after which the connection is not changed, however often it is called', async () => {
    const { provider } = createProvider()
    const pc = createConnection()
    const detach = provider.attach(pc)
    provider.on('update', () => {})
    await advance(0)
    detach()
    detach()
    await advance(50 * MINUTE)
    expect(usernameOf(provider)).toBe('u2')
    expect(pc.setConfiguration).toHaveBeenCalledOnce()
  })

  it('emits ERR_CONNECTION when setConfiguration() fails, and updates the other connections', async () => {
    const { provider, recordEvents } = createProvider()
    const events = recordEvents()
    const [failing, working] = [createConnection(), createConnection()]
    failing.setConfiguration.mockImplementation(() => {
      throw new Error('setConfiguration')
    })
    provider.attach(failing)
    provider.attach(working)
    await advance(0)
    expect(events).toEqual(['ERR_CONNECTION', 'fresh'])
    expect(working.setConfiguration).toHaveBeenCalledOnce()
    expect(working.iceServers).toEqual([...OLD, ...(provider.current?.iceServers ?? [])])
  })
})
