import { afterEach, describe, expect, it, vi } from 'vitest'
import { openTabChannel, type TabChannel } from '../../src/fetch/tab-channel.js'
import { readIceConfiguration } from '../../src/index.js'
import { iceServersResponse } from '../support/http-server.js'

const openChannels: { close(): void }[] = []
afterEach(() => {
  vi.unstubAllGlobals()
  for (const channel of openChannels.splice(0)) channel.close()
})

function tab(key = 'key', configuration = undefined as ReturnType<typeof readIceConfiguration> | undefined) {
  const onConfiguration = vi.fn()
  const onRequest = vi.fn(() => configuration)
  const channel = openTabChannel(key, { now: Date.now }, { onRequest, onConfiguration }) as TabChannel
  openChannels.push(channel)
  return { ...channel, onRequest, onConfiguration }
}

/** A channel of another version, or of other code of the page. */
function openForeignChannel(name = 'turnkeeper/1/key') {
  const channel = new BroadcastChannel(name)
  openChannels.push(channel)
  return channel
}

const configuration = () => readIceConfiguration(iceServersResponse(), { sentAt: Date.now() - 5 })
const waitForDelivery = () => new Promise((resolve) => setTimeout(resolve, 50))

describe('openTabChannel', () => {
  it('delivers a shared configuration to the other tabs, unchanged and frozen', async () => {
    const [first, second] = [tab(), tab()]
    const shared = configuration()
    first.share(shared)
    await vi.waitFor(() => expect(second.onConfiguration).toHaveBeenCalled())
    expect(second.onConfiguration).toHaveBeenCalledExactlyOnceWith(shared)
    const [received] = second.onConfiguration.mock.calls[0] ?? []
    expect([received, received.iceServers, received.iceServers[0]].every(Object.isFrozen)).toBe(true)
    expect(first.onConfiguration).not.toHaveBeenCalled()
  })

  it('responds to a request if the tab has a configuration', async () => {
    const shared = configuration()
    const [requesting] = [tab(), tab(), tab('key', shared)]
    requesting.requestConfiguration()
    await vi.waitFor(() => expect(requesting.onConfiguration).toHaveBeenCalledExactlyOnceWith(shared))
    expect(requesting.onRequest).not.toHaveBeenCalled()
  })

  it('sends nothing on a request if the tab has no configuration', async () => {
    const { onRequest } = tab()
    const onmessage = vi.fn()
    const foreign = Object.assign(openForeignChannel(), { onmessage })
    foreign.postMessage('request')
    await vi.waitFor(() => expect(onRequest).toHaveBeenCalled())
    await waitForDelivery()
    expect(onmessage).not.toHaveBeenCalled()
  })

  it('delivers nothing to tabs with another key', async () => {
    const [first, second] = [tab('first'), tab('second')]
    first.share(configuration())
    first.requestConfiguration()
    await waitForDelivery()
    expect(second.onConfiguration).not.toHaveBeenCalled()
    expect(second.onRequest).not.toHaveBeenCalled()
  })

  it.each([
    ['another version', 'turnkeeper/2/key', configuration()],
    ['undefined', 'turnkeeper/1/key', undefined],
    ['another string', 'turnkeeper/1/key', 'requests'],
    ['an empty object', 'turnkeeper/1/key', {}],
    ['a bare array', 'turnkeeper/1/key', configuration().iceServers],
    ['an invalid expiry', 'turnkeeper/1/key', { ...configuration(), expiresAt: 'tomorrow' }],
    ['a missing expiry', 'turnkeeper/1/key', { ...configuration(), expiresAt: undefined }],
    ['an infinite expiry', 'turnkeeper/1/key', { ...configuration(), expiresAt: Infinity }],
    ['an expiry in the past', 'turnkeeper/1/key', { ...configuration(), expiresAt: Date.now() - 1 }],
    ['a request in the future', 'turnkeeper/1/key', { ...configuration(), fetchedAt: Date.now() + 60_000 }],
    ['an invalid request time', 'turnkeeper/1/key', { ...configuration(), fetchedAt: NaN }],
    ['an invalid expiry source', 'turnkeeper/1/key', { ...configuration(), expirySource: 5 }],
    ['no servers', 'turnkeeper/1/key', { ...configuration(), iceServers: [] }],
    [
      'a server that browsers reject',
      'turnkeeper/1/key',
      { ...configuration(), iceServers: [{ urls: 'turn:x' }] },
    ],
  ])('ignores %s', async (_, name, message) => {
    const { onConfiguration, onRequest } = tab()
    openForeignChannel(name).postMessage(message)
    await waitForDelivery()
    expect(onConfiguration).not.toHaveBeenCalled()
    expect(onRequest).not.toHaveBeenCalled()
  })

  it('accepts a configuration requested now, and not one that expires now', async () => {
    const now = Date.now()
    const onConfiguration = vi.fn()
    const handlers = { onRequest: () => undefined, onConfiguration }
    openChannels.push(openTabChannel('key', { now: () => now }, handlers) as TabChannel)
    const foreign = openForeignChannel()
    foreign.postMessage({ ...configuration(), fetchedAt: now - 1, expiresAt: now })
    foreign.postMessage({ ...configuration(), fetchedAt: now, expiresAt: now + 1 })
    await vi.waitFor(() => expect(onConfiguration).toHaveBeenCalled())
    expect(onConfiguration.mock.calls).toMatchObject([[{ fetchedAt: now }]])
  })

  it('delivers nothing after close()', async () => {
    const [first, second] = [tab(), tab()]
    second.close()
    first.share(configuration())
    await waitForDelivery()
    expect(second.onConfiguration).not.toHaveBeenCalled()
  })

  it.each([
    ['has no BroadcastChannel', undefined],
    [
      'forbids BroadcastChannel',
      class {
        constructor() {
          throw new Error('SecurityError')
        }
      },
    ],
  ])('returns undefined where the browser %s', (_, channel) => {
    vi.stubGlobal('BroadcastChannel', channel)
    const handlers = { onRequest: () => undefined, onConfiguration: () => {} }
    expect(openTabChannel('key', { now: Date.now }, handlers)).toBeUndefined()
  })
})
