/** Providers in several tabs that share their configuration. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type IceConfiguration, IceServerProvider } from '../../src/index.js'
import { attachConnection } from '../support/attached-provider.js'
import { createProvider, TURN_URL } from '../support/create-provider.js'
import { rejectionOf } from '../support/error-of.js'
import { iceServersResponse } from '../support/http-server.js'
import { HOUR, MINUTE, useRealClock } from '../support/time.js'
import { wait } from '../support/wait.js'

// Messages between tabs arrive in real time.
afterEach(useRealClock)

const shared = { shareAcrossTabs: 'key' }

const createTab = () => createProvider(undefined, shared)
const createHangingTab = () => createProvider(() => new Promise(() => {}), shared)

/** Creates a tab whose system clock advanced by 40 minutes and was then set back by 30. */
async function createTabWithClockSetBack() {
  vi.useFakeTimers({ now: Date.now(), toFake: ['Date'] })
  const { provider } = createTab()
  const current = await provider.getConfiguration()
  vi.setSystemTime(Date.now() + 40 * MINUTE)
  await provider.getConfiguration()
  vi.setSystemTime(Date.now() - 30 * MINUTE)
  return { provider, current }
}

/** Sends configurations, as a further tab does. */
function sendFromTab(...configurations: readonly IceConfiguration[]) {
  const channel = new BroadcastChannel('turnkeeper/1/key')
  for (const configuration of configurations) channel.postMessage(configuration)
  channel.close()
}

const withServer = (configuration: IceConfiguration, url: string, fetchedAt: number) => ({
  ...configuration,
  fetchedAt,
  iceServers: [{ urls: [url] }],
})

describe('IceServerProvider with shareAcrossTabs', () => {
  it('applies a configuration that another tab fetched, without a request', async () => {
    const [tab, passiveTab] = [createTab(), createTab()]
    const events = passiveTab.recordEvents()
    await tab.provider.getIceServers()
    await vi.waitFor(() => expect(passiveTab.provider.current).toEqual(tab.provider.current))
    expect(passiveTab.endpoint).not.toHaveBeenCalled()
    expect(events).toEqual(['fresh'])
  })

  it('applies the configuration of another tab while its own request is in flight, and aborts it', async () => {
    const tab = createTab()
    await tab.provider.getIceServers()
    const newTab = createHangingTab()
    const events = newTab.recordEvents()
    expect(await newTab.provider.getConfiguration()).toEqual(tab.provider.current)
    expect(newTab.endpoint).toHaveBeenCalledOnce()
    expect(newTab.endpoint.mock.calls[0]?.[0].signal.aborted).toBe(true)
    expect(events).toEqual(['fresh'])
  })

  it('starts its own request at once, without waiting for other tabs', async () => {
    const { endpoint, provider } = createTab()
    const pending = provider.getIceServers()
    expect(endpoint).toHaveBeenCalledOnce()
    await pending
  })

  it('applies only a configuration that was fetched later than its own', async () => {
    const { provider } = createTab()
    const current = await provider.getConfiguration()
    await wait(2) // a request in the future is invalid
    sendFromTab(
      withServer(current, 'stun:older', current.fetchedAt - 1),
      withServer(current, 'stun:same-time', current.fetchedAt),
    )
    await wait(50)
    expect(provider.current).toBe(current)
    sendFromTab(withServer(current, 'stun:newer', current.fetchedAt + 1))
    await vi.waitFor(() => expect(provider.current?.iceServers[0]?.urls).toEqual(['stun:newer']))
  })

  it('ignores a configuration that was fetched before its last unchanged response', async () => {
    const expiresAt = Date.now() + HOUR
    const { provider } = createProvider(() => ({ ...iceServersResponse(7200), expiresAt }), {
      ...shared,
      minRefreshIntervalMs: 1,
    })
    const current = await provider.getConfiguration()
    await wait(20)
    await provider.refresh()
    sendFromTab(withServer(current, 'stun:between', current.fetchedAt + 1))
    await wait(100)
    expect(provider.current).toBe(current)
  })

  it('resolves refresh() with the response to its own request, not with the configuration of a tab', async () => {
    const tab = createTab()
    const slowTab = createProvider(async () => {
      await wait(100)
      return iceServersResponse(3600, 'own')
    }, shared)
    slowTab.provider.on('update', () => {}) // starts the request that refresh() joins
    const refreshing = slowTab.provider.refresh()
    await tab.provider.getIceServers()
    expect((await refreshing).iceServers[1]?.username).toBe('own')
    expect(slowTab.endpoint.mock.calls[0]?.[0].signal.aborted).toBe(false)
  })

  it('does not share credentials that a TURN server rejected', async () => {
    const { provider } = createProvider(undefined, { ...shared, minRefreshIntervalMs: MINUTE })
    await provider.getIceServers()
    attachConnection(provider).rejectCredentials(TURN_URL)
    const newTab = createHangingTab()
    const pending = rejectionOf(newTab.provider.getIceServers())
    await wait(100)
    expect(newTab.provider.current).toBeUndefined()
    newTab.provider.close()
    expect(await pending).toMatchObject({ code: 'ERR_CLOSED' })
  })

  it('does not share its configuration while the system clock is set back', async () => {
    await createTabWithClockSetBack()
    const newTab = createHangingTab()
    const pending = rejectionOf(newTab.provider.getIceServers())
    await wait(100)
    expect(newTab.provider.current).toBeUndefined()
    newTab.provider.close()
    expect(await pending).toMatchObject({ code: 'ERR_CLOSED' })
  })

  it('ignores the configurations of other tabs while the system clock is set back', async () => {
    const { provider, current } = await createTabWithClockSetBack()
    sendFromTab(withServer(current, 'stun:newer', current.fetchedAt + MINUTE))
    await wait(100)
    expect(provider.current).toBe(current)
  })

  it('ignores other tabs after close(), which the endpoint function may call, too', async () => {
    const [tab, closedTab] = [createTab(), createTab()]
    const closingTab = createProvider(() => closingTab.provider.close(), shared)
    expect(await rejectionOf(closingTab.provider.getIceServers())).toMatchObject({ code: 'ERR_CLOSED' })
    closedTab.provider.close()
    await tab.provider.getIceServers()
    await wait(100)
    for (const { provider } of [closedTab, closingTab]) {
      expect(provider).toMatchObject({ current: undefined, state: 'closed' })
    }
  })
})

describe('new IceServerProvider()', () => {
  it.each([
    [true, 'true'],
    ['', 'an empty string'],
    [5, '5'],
  ])('throws a TypeError if shareAcrossTabs is %j', (shareAcrossTabs, received) => {
    expect(() => new IceServerProvider('/ice-servers', { shareAcrossTabs } as object)).toThrow(
      new TypeError(
        `IceServerProvider: shareAcrossTabs must be false or a non-empty string, got ${received}`,
      ),
    )
  })
})
