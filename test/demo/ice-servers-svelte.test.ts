// @vitest-environment happy-dom
import { flushSync, hydrate, mount, tick, unmount } from 'svelte'
import { get, writable } from 'svelte/store'
import type { IceServerProvider } from 'turnkeeper'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { iceServers } from '../../demo/svelte/ice-servers.js'
import { answered, createFollowedProvider } from '../support/followed-provider.js'
import { advance, HOUR } from '../support/time.js'
import { SERVED_BY_SVELTE as SERVED } from './fixtures/served.js'
import Username from './fixtures/username.svelte'
import UsernameByStore from './fixtures/username-by-store.svelte'

const mounted = new Set<() => Promise<void>>()

/** Mounts the component, and writes down what an effect of it sees. */
function show(component: typeof Username, provider: IceServerProvider) {
  const seen: unknown[] = []
  const target = document.createElement('div')
  const providers = writable(provider)
  const props = { providers, onRender: (value: unknown) => seen.push(value) }
  const shown = mount(component, { target, props })
  const end = async () => {
    if (mounted.delete(end)) await unmount(shown)
  }
  mounted.add(end)
  flushSync()
  return { seen, target, end, goOverTo: providers.set }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(async () => {
  for (const end of mounted) await end()
  mounted.clear()
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe.each([
  ['ice.current', Username],
  ['$ice', UsernameByStore],
])('iceServers of Svelte, read as %s', (_, component) => {
  it('is undefined at first, and then the configuration, with one effect for each', async () => {
    const { provider } = createFollowedProvider()
    const { seen, target } = show(component, provider)
    expect(seen).toEqual([undefined])
    await advance(0)
    expect(seen).toEqual([undefined, expect.objectContaining(answered(1))])
    expect(seen[1]).toBe(provider.current)
    expect(target.textContent).toBe('u1')
    await advance(HOUR)
    expect(seen.slice(2)).toEqual([expect.objectContaining(answered(2))])
    expect(target.textContent).toBe('u2')
  })

  it('has one subscription, and stops refreshing when the component is unmounted', async () => {
    const { provider, subscriptions, endpoint } = createFollowedProvider()
    const { end } = show(component, provider)
    await advance(HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
    expect(subscriptions()).toBe(1)
    await end()
    await tick()
    expect(subscriptions()).toBe(0)
    await advance(5 * HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
  })

  it('goes over to another provider', async () => {
    const first = createFollowedProvider()
    const second = createFollowedProvider()
    const { seen, goOverTo } = show(component, first.provider)
    await advance(0)
    expect(seen.at(-1)).toBe(first.provider.current)
    goOverTo(second.provider)
    flushSync()
    expect(seen.at(-1)).toBeUndefined()
    await advance(0)
    expect(seen.at(-1)).toBeDefined()
    expect(seen.at(-1)).toBe(second.provider.current)
    expect([first.subscriptions(), second.subscriptions()]).toEqual([0, 1])
  })

  it('is undefined from when the credentials expire until there are new ones', async () => {
    const { provider, breakDown } = createFollowedProvider()
    const { seen } = show(component, provider)
    await advance(0)
    breakDown()
    await advance(HOUR / 2)
    expect(seen.at(-1)).toBeDefined()
    await advance(HOUR / 2)
    expect(seen.at(-1)).toBeUndefined()
  })

  it('hydrates what the server rendered, and then shows what is there already', async () => {
    const { provider } = createFollowedProvider()
    const faults = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')]
    await provider.getIceServers()
    const target = document.createElement('div')
    target.innerHTML = SERVED
    const rendered = target.querySelector('p')
    const shown = hydrate(component, { target, props: { providers: writable(provider) } })
    mounted.add(() => unmount(shown))
    flushSync()
    expect(target.textContent).toBe('u1')
    expect(target.querySelector('p')).toBe(rendered)
    for (const fault of faults) expect(fault).not.toHaveBeenCalled()
  })
})

describe('iceServers of Svelte, outside of components', () => {
  it('is a store: calls at once and at each change, until it is told to stop', async () => {
    const { provider, subscriptions } = createFollowedProvider()
    const run = vi.fn()
    const stop = iceServers(provider).subscribe(run)
    expect(run.mock.calls).toEqual([[undefined]])
    await advance(0)
    expect(run.mock.calls.slice(1)).toEqual([[provider.current]])
    stop()
    expect(subscriptions()).toBe(0)
    await Promise.all([provider.refresh(), advance(HOUR / 2)])
    expect(provider.current).toMatchObject(answered(2))
    expect(run).toHaveBeenCalledTimes(2)
  })

  it('never gives a new subscriber what an earlier one saw last', async () => {
    const { provider } = createFollowedProvider()
    const ice = iceServers(provider)
    const stop = ice.subscribe(() => {})
    await advance(0)
    expect(get(ice)).toMatchObject(answered(1))
    stop()
    await advance(HOUR)
    expect(get(ice)).toBeUndefined()
  })

  it('is read without a subscription', async () => {
    const { provider, subscribed } = createFollowedProvider()
    await provider.getIceServers()
    expect(iceServers(provider).current).toBe(provider.current)
    expect(subscribed).not.toHaveBeenCalled()
  })
})
