import { afterEach, describe, expect, it, vi } from 'vitest'
import { openTabChannel, type TabChannel } from '../../src/fetch/tab-channel.js'
import { readIceConfiguration } from '../../src/index.js'
import { iceServersResponse } from '../support/http-server.js'

const open: { close(): void }[] = []
afterEach(() => {
  vi.unstubAllGlobals()
  for (const channel of open.splice(0)) channel.close()
})

function tab(key = 'key', configuration = undefined as ReturnType<typeof readIceConfiguration> | undefined) {
  const onConfiguration = vi.fn()
  const onAsk = vi.fn(() => configuration)
  const channel = openTabChannel(key, { now: Date.now }, { onAsk, onConfiguration }) as TabChannel
  open.push(channel)
  return { ...channel, onAsk, onConfiguration }
}

/** As another version, or something else of the page, might. */
function stranger(name = 'turnkeeper/1/key') {
  const channel = new BroadcastChannel(name)
  open.push(channel)
  return channel
}

const configuration = () => readIceConfiguration(iceServersResponse(), { sentAt: Date.now() - 5 })
const delivered = () => new Promise((resolve) => setTimeout(resolve, 50))

describe('tabs', () => {
  it('get what another one shares, as it is, and not what they share themselves', async () => {
    const [one, other] = [tab(), tab()]
    const shared = configuration()
    one.share(shared)
    await vi.waitFor(() => expect(other.onConfiguration).toHaveBeenCalled())
    expect(other.onConfiguration).toHaveBeenCalledExactlyOnceWith(shared)
    const [received] = other.onConfiguration.mock.calls[0] ?? []
    expect([received, received.iceServers, received.iceServers[0]].every(Object.isFrozen)).toBe(true)
    expect(one.onConfiguration).not.toHaveBeenCalled()
  })

  it('answer who asks, if they have something', async () => {
    const shared = configuration()
    const [asking] = [tab(), tab(), tab('key', shared)]
    asking.ask()
    await vi.waitFor(() => expect(asking.onConfiguration).toHaveBeenCalledExactlyOnceWith(shared))
    expect(asking.onAsk).not.toHaveBeenCalled()
  })

  it('with another key hear nothing', async () => {
    const [one, other] = [tab('one'), tab('other')]
    one.share(configuration())
    one.ask()
    await delivered()
    expect(other.onConfiguration).not.toHaveBeenCalled()
    expect(other.onAsk).not.toHaveBeenCalled()
  })

  it.each([
    ['another version', 'turnkeeper/2/key', configuration()],
    ['nothing', 'turnkeeper/1/key', undefined],
    ['a text', 'turnkeeper/1/key', 'asking'],
    ['an empty object', 'turnkeeper/1/key', {}],
    ['a bare list', 'turnkeeper/1/key', configuration().iceServers],
    ['an end that is none', 'turnkeeper/1/key', { ...configuration(), expiresAt: 'tomorrow' }],
    ['an end that is not there', 'turnkeeper/1/key', { ...configuration(), expiresAt: undefined }],
    ['an end that never comes', 'turnkeeper/1/key', { ...configuration(), expiresAt: Infinity }],
    ['an end that is past', 'turnkeeper/1/key', { ...configuration(), expiresAt: Date.now() - 1 }],
    ['a beginning to come', 'turnkeeper/1/key', { ...configuration(), fetchedAt: Date.now() + 60_000 }],
    ['no beginning', 'turnkeeper/1/key', { ...configuration(), fetchedAt: NaN }],
    ['no source of its end', 'turnkeeper/1/key', { ...configuration(), expirySource: 5 }],
    ['no servers', 'turnkeeper/1/key', { ...configuration(), iceServers: [] }],
    [
      'a server that browsers refuse',
      'turnkeeper/1/key',
      { ...configuration(), iceServers: [{ urls: 'turn:x' }] },
    ],
  ])('take no notice of %s', async (_, name, message) => {
    const { onConfiguration, onAsk } = tab()
    stranger(name).postMessage(message)
    await delivered()
    expect(onConfiguration).not.toHaveBeenCalled()
    expect(onAsk).not.toHaveBeenCalled()
  })

  it('take what begins at this moment, and not what ends at it', async () => {
    const now = Date.now()
    const onConfiguration = vi.fn()
    const hooks = { onAsk: () => undefined, onConfiguration }
    open.push(openTabChannel('key', { now: () => now }, hooks) as TabChannel)
    const other = stranger()
    other.postMessage({ ...configuration(), fetchedAt: now - 1, expiresAt: now })
    other.postMessage({ ...configuration(), fetchedAt: now, expiresAt: now + 1 })
    await vi.waitFor(() => expect(onConfiguration).toHaveBeenCalled())
    expect(onConfiguration.mock.calls).toMatchObject([[{ fetchedAt: now }]])
  })

  it('hear nothing after they are closed', async () => {
    const [one, other] = [tab(), tab()]
    other.close()
    one.share(configuration())
    await delivered()
    expect(other.onConfiguration).not.toHaveBeenCalled()
  })

  it.each([
    ['has none', undefined],
    [
      'forbids them',
      class {
        constructor() {
          throw new Error('SecurityError')
        }
      },
    ],
  ])('do without a channel where the browser %s', (_, channel) => {
    vi.stubGlobal('BroadcastChannel', channel)
    const hooks = { onAsk: () => undefined, onConfiguration: () => {} }
    expect(openTabChannel('key', { now: Date.now }, hooks)).toBeUndefined()
  })
})
