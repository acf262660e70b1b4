import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RelayMeter } from '../../src/index.js'
import { createProvider } from '../support/create-provider.js'
import {
  chromiumStats,
  createRelayedConnection,
  firefoxStats,
  TURN,
  watchRelay,
} from '../support/relayed-connection.js'
import { advance, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

describe('RelayMeter', () => {
  it('measures the connections of a provider from the moment that they are attached, also after they are detached', async () => {
    const { provider } = createProvider()
    const meter = new RelayMeter(provider)
    const pc = createRelayedConnection(chromiumStats({ bytesSent: 10, bytesReceived: 1 }))
    const detach = provider.attach(pc)
    await advance(2 * SECOND)
    detach()
    pc.stats = chromiumStats({ bytesSent: 30, bytesReceived: 4 })
    await advance(SECOND)
    expect(meter.usage).toEqual([{ urls: [TURN], bytesSent: 30, bytesReceived: 4, seconds: 3 }])
    expect(meter.usage).toBe(meter.usage)
  })

  it('counts a connection once that is attached twice and watched', async () => {
    const { provider } = createProvider()
    const meter = new RelayMeter(provider)
    const pc = createRelayedConnection(chromiumStats({ bytesSent: 10 }))
    provider.attach(pc)
    await advance(250)
    provider.attach(pc)
    meter.watch(pc)
    await advance(750)
    expect(meter.usage).toEqual([{ urls: [TURN], bytesSent: 10, bytesReceived: 0, seconds: 1 }])
  })

  it('adds up two connections of one server', async () => {
    const { meter } = await watchRelay({ bytesSent: 10 })
    meter.watch(createRelayedConnection(firefoxStats({ bytesSent: 5, bytesReceived: 2 })))
    await advance(3 * SECOND)
    expect(meter.usage).toEqual([{ urls: [TURN], bytesSent: 15, bytesReceived: 2, seconds: 6 }])
  })

  it('does not contain the username and the credential', async () => {
    const { meter } = await watchRelay({ bytesSent: 10 })
    expect(JSON.stringify(meter.usage)).not.toMatch(/secret/)
  })

  it('measures an attached connection without stats, events or a configuration as nothing', async () => {
    const { provider } = createProvider()
    const meter = new RelayMeter(provider)
    provider.attach({ signalingState: 'stable', setConfiguration() {} })
    await advance(2 * SECOND)
    expect(await meter.read()).toEqual([])
  })

  it('names no URL if the configuration cannot be read', async () => {
    const meter = new RelayMeter()
    const pc = createRelayedConnection(firefoxStats({ bytesSent: 1 }))
    meter.watch(Object.assign(pc, { getConfiguration: undefined }))
    expect(await meter.read()).toMatchObject([{ urls: [], bytesSent: 1 }])
  })

  it('stops measuring one connection, and counts nothing twice when it is watched again', async () => {
    const { meter, pc, unwatch } = await watchRelay({ bytesSent: 10 })
    unwatch()
    expect(vi.getTimerCount()).toBe(0)
    pc.stats = chromiumStats({ bytesSent: 12 })
    pc.changeIceState('disconnected')
    await advance(10 * SECOND)
    expect(meter.usage).toMatchObject([{ bytesSent: 10 }])
    meter.watch(pc)
    await advance(SECOND)
    expect(meter.usage).toMatchObject([{ bytesSent: 12, seconds: 1 }])
  })

  it.each(['stop()', 'a using block'])('keeps the usage and ignores everything after %s', async (how) => {
    const { provider } = createProvider()
    const meter = new RelayMeter(provider)
    const pc = createRelayedConnection(chromiumStats({ bytesSent: 10 }))
    provider.attach(pc)
    await advance(0)
    pc.stats = chromiumStats({ bytesSent: 12 })
    const pending = meter.read()
    if (how === 'stop()') meter.stop()
    else meter[Symbol.dispose]()
    await pending
    provider.attach(createRelayedConnection(chromiumStats({ bytesSent: 99 })))
    await advance(2 * SECOND)
    expect(meter.usage).toMatchObject([{ bytesSent: 10 }])
  })

  it.each([
    [
      'a provider',
      () => new RelayMeter({} as never),
      'RelayMeter: provider must be an IceServerProvider, got an object',
    ],
    [
      'a provider',
      () => new RelayMeter(null as never),
      'RelayMeter: provider must be an IceServerProvider, got null',
    ],
    [
      'an interval',
      () => new RelayMeter(undefined, { intervalMs: 0 }),
      'RelayMeter: intervalMs must be a positive number of milliseconds, got 0',
    ],
    [
      'an interval',
      () => new RelayMeter(undefined, { intervalMs: 2 ** 31 }),
      'RelayMeter: intervalMs must be a positive number of milliseconds, got 2147483648',
    ],
    [
      'an option',
      () => new RelayMeter(undefined, { interval: 1 } as never),
      'RelayMeter: unknown option interval (did you mean intervalMs?)',
    ],
    [
      'a connection',
      () => new RelayMeter().watch({} as never),
      'RelayMeter: connection must be an RTCPeerConnection, got an object',
    ],
  ])('throws for %s that is not valid', (_, run, message) => {
    expect(run).toThrow(new TypeError(message))
  })
})
