// @vitest-environment happy-dom
import type { IceServerProvider } from 'turnkeeper'
import { useIceServers } from 'turnkeeper/vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type App,
  createApp,
  createSSRApp,
  defineComponent,
  effectScope,
  h,
  nextTick,
  ref,
  shallowRef,
} from 'vue'
import { renderToString } from 'vue/server-renderer'
import { createFollowedProvider, serversOfResponse } from '../support/followed-provider.js'
import { advance, HOUR, useFakeClock, useRealClock } from '../support/time.js'

const apps: App[] = []

/** Creates a component that shows the username and records the values that it renders. */
function createUsernameComponent(source: Parameters<typeof useIceServers>[0]) {
  const renders: unknown[] = []
  const component = defineComponent(() => {
    const configuration = useIceServers(source)
    return () => {
      renders.push(configuration.value)
      return h('p', configuration.value?.iceServers[0]?.username ?? 'none')
    }
  })
  return { component, renders }
}

function mount(source: Parameters<typeof useIceServers>[0]) {
  const { component, renders } = createUsernameComponent(source)
  const app = createApp(component)
  apps.push(app)
  app.mount(document.createElement('div'))
  return { renders, unmount: () => app.unmount() }
}

describe('useIceServers() of Vue', () => {
  beforeEach(useFakeClock)
  afterEach(() => {
    for (const app of apps.splice(0)) app.unmount()
    useRealClock()
    vi.restoreAllMocks()
  })

  it('returns undefined until the first response, and renders once for each change', async () => {
    const { provider } = createFollowedProvider()
    const { renders } = mount(provider)
    expect(renders).toEqual([undefined])
    await advance(0)
    expect(renders).toEqual([undefined, expect.objectContaining(serversOfResponse(1))])
    expect(renders[1]).toBe(provider.current)
    await advance(HOUR)
    expect(renders.slice(2)).toEqual([expect.objectContaining(serversOfResponse(2))])
  })

  it('stops refreshing when the component is unmounted', async () => {
    const { provider, subscribed, subscriptionCount, endpoint } = createFollowedProvider()
    const { unmount } = mount(provider)
    await advance(HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
    expect(subscribed).toHaveBeenCalledOnce()
    unmount()
    expect(subscriptionCount()).toBe(0)
    await advance(5 * HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
  })

  it('unsubscribes when its effect scope is stopped outside of components', async () => {
    const { provider, subscriptionCount } = createFollowedProvider()
    const scope = effectScope()
    const configuration = scope.run(() => useIceServers(provider))
    await advance(0)
    expect(configuration?.value).toBe(provider.current)
    expect(subscriptionCount()).toBe(1)
    scope.stop()
    expect(subscriptionCount()).toBe(0)
  })

  it.each([
    ['a shallowRef', shallowRef<IceServerProvider>],
    ['a ref, which wraps it in a proxy', ref as typeof shallowRef<IceServerProvider>],
  ])('follows another provider in %s', async (_, wrap) => {
    const first = createFollowedProvider()
    const second = createFollowedProvider()
    const source = wrap(first.provider)
    const { renders } = mount(source)
    await advance(0)
    expect(renders.at(-1)).toBe(first.provider.current)
    source.value = second.provider
    await nextTick()
    expect(renders.at(-1)).toBeUndefined()
    await advance(0)
    expect(renders.at(-1)).toBeDefined()
    expect(renders.at(-1)).toBe(second.provider.current)
    expect([first.subscriptionCount(), second.subscriptionCount()]).toEqual([0, 1])
  })

  it('returns undefined after the credentials expired without a refresh', async () => {
    const { provider, failFromNowOn } = createFollowedProvider()
    const { renders } = mount(provider)
    await advance(0)
    failFromNowOn()
    await advance(HOUR / 2)
    expect(renders.at(-1)).toBeDefined()
    await advance(HOUR / 2)
    expect(renders.at(-1)).toBeUndefined()
  })

  it('hydrates the HTML of the server and then renders the current configuration', async () => {
    const { provider } = createFollowedProvider()
    const consoleSpies = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')]
    await provider.getIceServers()
    const container = document.createElement('div')
    container.innerHTML = await renderToString(createSSRApp(createUsernameComponent(provider).component))
    expect(container.textContent).toBe('none')
    const rendered = container.firstElementChild
    const app = createSSRApp(createUsernameComponent(provider).component)
    apps.push(app)
    app.mount(container)
    await nextTick()
    expect(container.textContent).toBe('u1')
    expect(container.firstElementChild).toBe(rendered)
    for (const spy of consoleSpies) expect(spy).not.toHaveBeenCalled()
  })
})
