/** Connections of stacks that are not browsers: react-native-webrtc, werift. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AttachableConnection, RTCIceServer } from '../../src/index.js'
import { createAttachedProvider, createConnection, NEW, NEWER, OLD } from '../support/attached-provider.js'
import { advance, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(() => {
  useRealClock()
  vi.unstubAllGlobals()
})

/** As react-native-webrtc: no `getConfiguration()`, and a bridge that changes and freezes what it is passed. */
function createNativeConnection() {
  const { getConfiguration: _, setConfiguration: __, ...connection } = createConnection()
  const written: unknown[] = []
  return Object.assign(connection, {
    written,
    setConfiguration(configuration: { iceServers: RTCIceServer[] }) {
      written.push(structuredClone(configuration))
      for (const server of configuration.iceServers) {
        server.urls = [server.urls].flat().map((url) => url.toUpperCase())
        server.username = 'changed'
        Object.freeze(server)
      }
      configuration.iceServers.length = 0
      Object.freeze(configuration)
    },
  })
}

describe('attach() of a connection without getConfiguration()', () => {
  const OWN = { urls: ['turn:own'], username: 'own', credential: 'own' }

  it('writes new servers in place of the previous ones, with the other members of the option configuration', async () => {
    const { attach, rotate, onError } = await createAttachedProvider()
    const pc = createNativeConnection()
    attach(pc, {
      configuration: { iceServers: [OWN, ...OLD], iceTransportPolicy: 'relay' } as RTCConfiguration,
    })
    await rotate(NEW)
    await rotate(NEWER)
    expect(pc.written).toEqual([
      { iceServers: [OWN, ...NEW], iceTransportPolicy: 'relay' },
      { iceServers: [OWN, ...NEWER], iceTransportPolicy: 'relay' },
    ])
    expect(onError).not.toHaveBeenCalled()
  })

  it('does not change the configuration of the app, also if it is frozen or changed later', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = createNativeConnection()
    const configuration = { iceServers: [OWN, ...OLD] }
    attach(pc, { configuration })
    configuration.iceServers.length = 0
    await rotate()
    expect(configuration).toEqual({ iceServers: [] })
    expect(pc.written).toEqual([{ iceServers: [OWN, ...NEW] }])
  })

  it('does not write unchanged servers, also when it is attached again with its first configuration', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = createNativeConnection()
    const detach = attach(pc, { configuration: { iceServers: OLD } })
    await rotate()
    detach()
    attach(pc, { configuration: { iceServers: OLD } })
    expect(pc.written).toHaveLength(1)
  })

  it('keeps servers that could not be written for the next attempt', async () => {
    const { attach, rotate, onError } = await createAttachedProvider()
    const pc = createNativeConnection()
    const { setConfiguration } = pc
    attach(pc, { configuration: { iceServers: OLD } })
    pc.setConfiguration = () => {
      throw new Error('the bridge is busy')
    }
    await rotate(NEW)
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ code: 'ERR_CONNECTION' })
    pc.setConfiguration = setConfiguration
    await rotate(NEWER)
    expect(pc.written).toEqual([{ iceServers: NEWER }])
  })

  it('notices rejected credentials of the servers in the option configuration', async () => {
    const { attach, onError } = await createAttachedProvider()
    const pc = createNativeConnection()
    attach(pc, { configuration: { iceServers: [OWN, ...OLD] } })
    pc.rejectCredentials('turn:own')
    expect(onError).not.toHaveBeenCalled()
    pc.rejectCredentials('turn:old')
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ code: 'ERR_CREDENTIALS_REJECTED' })
  })

  it('reports ERR_CONNECTION that names the option if it is missing', async () => {
    const { attach, onError } = await createAttachedProvider()
    attach(createNativeConnection())
    expect(onError).toHaveBeenCalledOnce()
    expect(onError.mock.calls[0]?.[0]).toMatchObject({
      code: 'ERR_CONNECTION',
      message: expect.stringMatching(/no getConfiguration\(\).*option configuration/),
    })
  })

  it.each([null, 'stun:s.org', []])('throws a TypeError for the configuration %j', async (configuration) => {
    const { attach } = await createAttachedProvider()
    const options = { configuration } as unknown as { configuration: RTCConfiguration }
    expect(() => attach(createNativeConnection(), options)).toThrow(
      new TypeError(
        `attach(): configuration must be an RTCConfiguration, got ${configuration === null ? 'null' : Array.isArray(configuration) ? 'an empty array' : 'a string'}`,
      ),
    )
  })

  it('calls restartIce() of a global class without getConfiguration(), and overrides nothing', async () => {
    class NativePeerConnection {
      restartIce() {}
    }
    const restartIce = vi.spyOn(NativePeerConnection.prototype, 'restartIce')
    vi.stubGlobal('RTCPeerConnection', NativePeerConnection)
    vi.stubGlobal('Event', undefined)
    const { restartIce: _, ...native } = createNativeConnection()
    const pc: AttachableConnection = Object.assign(new NativePeerConnection(), native)
    const { attach, rotate } = await createAttachedProvider()
    attach(pc, { configuration: { iceServers: OLD } })
    await rotate()
    await advance(SECOND)
    expect(restartIce).toHaveBeenCalledOnce()
    expect(Object.keys(pc)).not.toContain('createOffer')
  })
})

describe('attach() of a connection whose ICE ignores setConfiguration()', () => {
  const relayLine = (port: number) =>
    `a=candidate:1 1 udp 1 192.0.2.1 ${port} typ relay raddr 192.0.2.9 rport 9\r\n`

  /** As werift 0.25: an ICE restart advertises the previous relay candidate again, beside a new one. */
  async function rotateTo(gathered: readonly number[], isLost = false) {
    const { attach, provider, rotate, onError } = await createAttachedProvider()
    const onRestart = vi.fn()
    provider.on('restart', onRestart)
    const pc = createConnection()
    let ports: readonly number[] = [50000]
    const { getStats } = pc
    pc.getStats = async () => {
      const stats = await getStats()
      stats.set('L', { ...stats.get('L'), id: 'L', ...{ address: '192.0.2.1', port: ports.at(0) } })
      return stats
    }
    attach(pc)
    const restart = () => {
      pc.iceConnectionState = 'connected'
      pc.negotiate()
      ports = gathered
      pc.localDescription = { sdp: (pc.localDescription?.sdp ?? '') + ports.map(relayLine).join('') }
    }
    pc.restartIce.mockImplementation(() => void queueMicrotask(restart))
    await rotate()
    if (isLost) pc.changeIceState('disconnected')
    await advance(10 * SECOND)
    return { pc, rotate, onError, reports: () => onRestart.mock.calls.map(([report]) => report) }
  }

  it('reports ERR_CONNECTION once if a relay address is in use again after a restart', async () => {
    const { onError, rotate, reports, pc } = await rotateTo([50001, 50000])
    expect(onError).toHaveBeenCalledOnce()
    expect(onError.mock.calls[0]?.[0]).toMatchObject({
      code: 'ERR_CONNECTION',
      message: expect.stringContaining('ignores setConfiguration()'),
    })
    expect(reports()).toMatchObject([
      { status: 'requested' },
      { status: 'failed', error: { code: 'ERR_CONNECTION' } },
    ])
    await rotate(NEWER)
    await advance(10 * SECOND)
    expect(onError).toHaveBeenCalledOnce()
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it('reports nothing if the relay addresses are new', async () => {
    const { onError, reports } = await rotateTo([50001])
    expect(onError).not.toHaveBeenCalled()
    expect(reports()).toMatchObject([{ status: 'requested' }, { status: 'completed' }])
  })

  it('reports nothing if a lost connection, whose allocation may be gone, has its relay address again', async () => {
    const { onError, reports } = await rotateTo([50001, 50000], true)
    expect(onError).not.toHaveBeenCalled()
    expect(reports()).toMatchObject([{ cause: 'lost', status: 'requested' }, { status: 'completed' }])
  })
})
