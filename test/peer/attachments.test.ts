/** What a provider learns from all of its connections. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createClock } from '../../src/clock.js'
import { Attachments } from '../../src/peer/attachments.js'
import { createAttachedProvider, createConnection, NEW, OLD } from '../support/attached-provider.js'
import { useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

/** Attaches connections in these states. */
function attachAll(...states: readonly RTCIceConnectionState[]) {
  const handlers = {
    onError: vi.fn(),
    onRestart: vi.fn(),
    onIceStateChange: vi.fn(),
    onServersInDoubt: vi.fn(),
    onCredentialsRejected: vi.fn(),
    onQuotaReached: vi.fn(),
  }
  const attachments = new Attachments(
    handlers,
    createClock(Date.now, () => performance.now()),
  )
  const connections = states.map((iceConnectionState) =>
    Object.assign(createConnection(), { iceConnectionState }),
  )
  for (const connection of connections) attachments.add(connection, {}, undefined)
  return { attachments, connections, ...handlers }
}

describe('Attachments.hasDisconnected', () => {
  it.each([
    [[], false],
    [['connected'], false],
    [['connected', 'disconnected'], true],
    [['failed', 'connected'], true],
  ] as const)('of connections that are %j is %s', (states, expected) => {
    expect(attachAll(...states).attachments.hasDisconnected).toBe(expected)
  })

  it('is false once the connection is closed', () => {
    const { attachments, connections } = attachAll('failed')
    for (const connection of connections) connection.signalingState = 'closed'
    expect(attachments.hasDisconnected).toBe(false)
  })
})

describe('Attachments and a change of the ICE state', () => {
  it('checks the servers while a connection is lost, and reports every change', () => {
    const { connections, onServersInDoubt, onIceStateChange } = attachAll('checking', 'connected')
    const [first, second] = connections
    first?.changeIceState('connected')
    expect(onServersInDoubt).not.toHaveBeenCalled()
    expect(onIceStateChange).toHaveBeenCalledTimes(1)
    second?.changeIceState('disconnected')
    expect(onServersInDoubt).toHaveBeenCalledTimes(1)
    expect(onIceStateChange).toHaveBeenCalledTimes(2)
  })
})

describe('attach() of several connections', () => {
  it('adds the state of the ICE restart of each open connection to the snapshot', async () => {
    const { provider, attach, rotate } = await createAttachedProvider()
    const [open, closed, updated] = [createConnection(), createConnection(), createConnection()]
    attach(open)
    attach(closed)
    closed.signalingState = 'closed'
    await rotate()
    updated.setConfiguration({ iceServers: NEW })
    attach(updated)
    const restarts = provider.snapshot().connections.map(({ restart }) => restart)
    expect(restarts).toEqual(['outdated', 'current'])
  })

  it('writes nothing for a response without servers', async () => {
    const { provider, attach, rotate } = await createAttachedProvider()
    const pc = createConnection()
    attach(pc)
    await rotate([])
    expect(provider.current?.iceServers).toEqual([])
    expect(pc.setConfiguration).not.toHaveBeenCalled()
    expect(pc.iceServers).toEqual(OLD)
  })
})
