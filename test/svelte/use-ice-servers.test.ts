// @vitest-environment happy-dom
import { flushSync, hydrate, mount, tick, unmount } from 'svelte'
import { get, toStore, writable } from 'svelte/store'
import type { IceServerProvider } from 'turnkeeper'
import { useIceServers } from 'turnkeeper/svelte'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createFollowedProvider, serversOfResponse } from '../support/followed-provider.js'
import { advance, HOUR, useFakeClock, useRealClock } from '../support/time.js'
import { SERVED_BY_SVELTE as SERVED } from './fixtures/served.js'
import Username from './fixtures/username.svelte'
import UsernameByStore from './fixtures/username-by-store.svelte'

const mounted = new Set<() => Promise<void>>()

/** Mounts a component and records the values that its effect sees. */
function show(component: typeof Username, provider: IceServerProvider) {
  const seen: unknown[] = []
  const target = document.createElement('div')
  const providers = writable(provider)
  const props = { providers, onRender: (value: unknown) => seen.push(value) }
  const instance = mount(component, { target, props })
  const remove = async () => {
    if (mounted.delete(remove)) await unmount(instance)
  }
  mounted.add(remove)
  flushSync()
  return { seen, target, unmount: remove, changeProvider: providers.set }
}

beforeEach(useFakeClock)
afterEach(async () => {
  for (const remove of mounted) await remove()
  mounted.clear()
  useRealClock()
  vi.restoreAllMocks()
})

describe.each([
  ['a reactive value', Username],
  ['a store', UsernameByStore],
])('useIceServers() of Svelte, read as %s', (_, component) => {
  it('returns undefined until the first response, and runs one effect for each change', async () => {
    const { provider } = createFollowedProvider()
    const { seen, target } = show(component, provider)
    expect(seen).toEqual([undefined])
    await advance(0)
    expect(seen).toEqual([undefined, expect.objectContaining(serversOfResponse(1))])
    expect(seen[1]).toBe(provider.current)
    expect(target.textContent).toBe('u1')
    await advance(HOUR)
    expect(seen.slice(2)).toEqual([expect.objectContaining(serversOfResponse(2))])
    expect(target.textContent).toBe('u2')
  })

  it('subscribes once and stops refreshing when the component is unmounted', async () => {
    const { provider, subscriptionCount, endpoint } = createFollowedProvider()
    const { unmount } = show(component, provider)
    await advance(HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
    expect(subscriptionCount()).toBe(1)
    await unmount()
    await tick()
    expect(subscriptionCount()).toBe(0)
    await advance(5 * HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
  })

  it('follows another provider after the prop changed', async () => {
    const first = createFollowedProvider()
    const second = createFollowedProvider()
    const { seen, changeProvider } = show(component, first.provider)
    await advance(0)
    expect(seen.at(-1)).toBe(first.provider.current)
    changeProvider(second.provider)
    flushSync()
    expect(seen.at(-1)).toBeUndefined()
    await advance(0)
    expect(seen.at(-1)).toBeDefined()
    expect(seen.at(-1)).toBe(second.provider.current)
    expect([first.subscriptionCount(), second.subscriptionCount()]).toEqual([0, 1])
  })

  it('returns undefined after the credentials expired without a refresh', async () => {
    const { provider, failFromNowOn } = createFollowedProvider()
    const { seen } = show(component, provider)
    await advance(0)
    failFromNowOn()
    await advance(HOUR / 2)
    expect(seen.at(-1)).toBeDefined()
    await advance(HOUR / 2)
    expect(seen.at(-1)).toBeUndefined()
  })

  it('hydrates the HTML of the server and then renders the current configuration', async () => {
    const { provider } = createFollowedProvider()
    const consoleSpies = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')]
    await provider.getIceServers()
    const target = document.createElement('div')
    target.innerHTML = SERVED
    const rendered = target.querySelector('p')
    const instance = hydrate(component, { target, props: { providers: writable(provider) } })
    mounted.add(() => unmount(instance))
    flushSync()
    expect(target.textContent).toBe('u1')
    expect(target.querySelector('p')).toBe(rendered)
    for (const spy of consoleSpies) expect(spy).not.toHaveBeenCalled()
  })
})

describe('useIceServers() of Svelte, outside of components', () => {
  it('calls a subscriber of its store immediately and on each change until it unsubscribes', async () => {
    const { provider, subscriptionCount } = createFollowedProvider()
    const ice = useIceServers(provider)
    const run = vi.fn()
    const unsubscribe = toStore(() => ice.current).subscribe(run)
    expect(run.mock.calls).toEqual([[undefined]])
    await advance(0)
    flushSync()
    expect(run.mock.calls.slice(1)).toEqual([[provider.current]])
    unsubscribe()
    await tick()
    expect(subscriptionCount()).toBe(0)
    await Promise.all([provider.refresh(), advance(HOUR / 2)])
    expect(provider.current).toMatchObject(serversOfResponse(2))
    expect(run).toHaveBeenCalledTimes(2)
  })

  it('does not return an expired value', async () => {
    const { provider } = createFollowedProvider()
    const ice = useIceServers(provider)
    await provider.getIceServers()
    expect(get(toStore(() => ice.current))).toMatchObject(serversOfResponse(1))
    await advance(HOUR)
    expect(ice.current).toBeUndefined()
  })

  it('returns the current configuration without a subscription, and none without a provider', async () => {
    const { provider, subscribed } = createFollowedProvider()
    await provider.getIceServers()
    expect(useIceServers(provider).current).toBe(provider.current)
    expect(subscribed).not.toHaveBeenCalled()
    expect(useIceServers(undefined).current).toBeUndefined()
  })
})
