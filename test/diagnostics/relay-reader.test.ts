import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RelayMeter } from '../../src/index.js'
import { createAttachedProvider, OFFER_MS } from '../support/attached-provider.js'
import {
  chromiumStats,
  createRelayedConnection,
  firefoxStats,
  TURN,
  watchRelay,
} from '../support/relayed-connection.js'
import { advance, HOUR, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

describe('the readings of a relay meter', () => {
  it.each(['iceconnectionstatechange', 'signalingstatechange'])('reads at once on %s', async (type) => {
    const { meter, pc } = await watchRelay({ bytesSent: 10 })
    pc.stats = chromiumStats({ bytesSent: 15 })
    if (type === 'signalingstatechange') pc.offer()
    else pc.changeIceState('disconnected')
    await advance(0)
    expect(meter.usage).toMatchObject([{ bytesSent: 15 }])
  })

  it('reads when the provider requests an ICE restart, before Firefox hides the pair in use', async () => {
    const { provider, attach, rotate } = await createAttachedProvider()
    const meter = new RelayMeter(provider, { intervalMs: HOUR })
    const pc = createRelayedConnection(firefoxStats({ bytesSent: 10 }))
    const restartIce = () => {
      pc.stats = []
    }
    attach(pc, { restartIce })
    await advance(0)
    pc.stats = firefoxStats({ bytesSent: 25 })
    await rotate()
    await advance(OFFER_MS)
    expect(pc.stats).toEqual([])
    expect(meter.usage).toMatchObject([{ bytesSent: 25 }])
  })

  it('reads at the interval that it is passed', async () => {
    const { pc } = await watchRelay({}, { intervalMs: 5 * SECOND })
    await advance(11 * SECOND)
    expect(pc.readings).toBe(3)
  })

  it('resolves read() with what has been relayed until now, also while another reading is in flight', async () => {
    const { meter, pc } = await watchRelay({ bytesSent: 10 })
    const earlier = meter.read()
    pc.stats = chromiumStats({ bytesSent: 20 })
    const later = meter.read()
    expect(await later).toMatchObject([{ bytesSent: 20 }])
    await earlier
    expect(pc.readings).toBe(3)
    expect(meter.usage).toMatchObject([{ bytesSent: 20 }])
  })

  it('keeps what a closed connection has relayed, and reads it no more', async () => {
    const { meter, pc } = await watchRelay({ bytesSent: 10 })
    pc.signalingState = 'closed'
    pc.stats = [{ id: 'PC', type: 'peer-connection' }]
    await advance(SECOND)
    const { readings } = pc
    await advance(10 * SECOND)
    expect(meter.usage).toEqual([{ urls: [TURN], bytesSent: 10, bytesReceived: 0, seconds: 0 }])
    expect(pc.readings).toBe(readings)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('counts the stats that Firefox returns of a closed connection, although it lost the request before', async () => {
    const { meter, pc } = await watchRelay({ bytesSent: 10 })
    const { getStats } = pc
    pc.getStats = () => new Promise(() => {})
    await advance(SECOND)
    pc.signalingState = 'closed'
    pc.stats = chromiumStats({ bytesSent: 12 })
    pc.getStats = getStats
    await advance(5 * SECOND)
    expect(meter.usage).toMatchObject([{ bytesSent: 12, seconds: 0 }])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('counts no time while the connection is failed', async () => {
    const { meter, pc } = await watchRelay({})
    await advance(2 * SECOND)
    pc.changeIceState('failed')
    await advance(10 * SECOND)
    pc.changeIceState('connected')
    await advance(3 * SECOND)
    expect(meter.usage).toMatchObject([{ seconds: 5 }])
  })

  it.each([
    ['reject', () => Promise.reject(new Error('InvalidStateError'))],
    [
      'throw',
      () => {
        throw new Error('no inner connection')
      },
    ],
    ['never arrive', () => new Promise<never>(() => {})],
    ['are empty', async () => new Map()],
  ])('goes on with the next stats if some %s', async (_, getStats) => {
    const { meter, pc } = await watchRelay({ bytesSent: 10 })
    const working = pc.getStats
    pc.getStats = getStats
    await advance(5 * SECOND)
    expect(meter.usage).toMatchObject([{ bytesSent: 10, seconds: 0 }])
    pc.getStats = working
    pc.stats = chromiumStats({ bytesSent: 16 })
    await advance(5 * SECOND)
    expect(meter.usage).toMatchObject([{ bytesSent: 16, seconds: 10 }])
  })

  it('requests the stats at an event although others are pending', async () => {
    const { meter, pc } = await watchRelay({ bytesSent: 10 })
    const { getStats } = pc
    let respond = () => {}
    pc.getStats = () =>
      new Promise((resolve) => {
        respond = () => resolve(new Map())
      })
    const pending = meter.read()
    pc.getStats = getStats
    pc.stats = chromiumStats({ bytesSent: 15 })
    pc.offer()
    pc.stats = []
    respond()
    await pending
    await advance(0)
    expect(meter.usage).toMatchObject([{ bytesSent: 15 }])
  })

  it('requests no further stats at intervals while some are pending', async () => {
    const { pc } = await watchRelay({})
    let requests = 0
    pc.getStats = () => {
      requests++
      return new Promise(() => {})
    }
    await advance(11 * SECOND)
    expect(requests).toBeLessThanOrEqual(6)
  })

  it('removes its listeners from a connection that is closed', async () => {
    const pc = Object.assign(createRelayedConnection(), {
      addEventListener: vi.fn(),
      removeEventListener: vi.fn(),
    })
    new RelayMeter().watch(pc)
    pc.signalingState = 'closed'
    await advance(SECOND)
    expect(pc.addEventListener.mock.calls.map(([type]) => type)).toEqual([
      'connectionstatechange',
      'iceconnectionstatechange',
      'signalingstatechange',
    ])
    expect(pc.removeEventListener.mock.calls).toEqual(pc.addEventListener.mock.calls)
  })
})
