// @vitest-environment happy-dom
import type { IceServerProvider } from 'turnkeeper'
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
import { useIceServers } from '../../demo/vue/use-ice-servers.js'
import { answered, createFollowedProvider } from '../support/followed-provider.js'
import { advance, HOUR } from '../support/time.js'

const apps: App[] = []

/** A component that shows the username, and writes down what it renders. */
function usernameOf(source: Parameters<typeof useIceServers>[0]) {
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
  const { component, renders } = usernameOf(source)
  const app = createApp(component)
  apps.push(app)
  app.mount(document.createElement('div'))
  return { renders, unmount: () => app.unmount() }
}

describe('useIceServers of Vue', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    for (const app of apps.splice(0)) app.unmount()
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  it('is undefined at first, and then the configuration, with one render for each', async () => {
    const { provider } = createFollowedProvider()
    const { renders } = mount(provider)
    expect(renders).toEqual([undefined])
    await advance(0)
    expect(renders).toEqual([undefined, expect.objectContaining(answered(1))])
    expect(renders[1]).toBe(provider.current)
    await advance(HOUR)
    expect(renders.slice(2)).toEqual([expect.objectContaining(answered(2))])
  })

  it('stops refreshing when the component is unmounted', async () => {
    const { provider, subscribed, subscriptions, endpoint } = createFollowedProvider()
    const { unmount } = mount(provider)
    await advance(HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
    expect(subscribed).toHaveBeenCalledOnce()
    unmount()
    expect(subscriptions()).toBe(0)
    await advance(5 * HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
  })

  it('lives as long as an effect scope outside of components', async () => {
    const { provider, subscriptions } = createFollowedProvider()
    const scope = effectScope()
    const configuration = scope.run(() => useIceServers(provider))
    await advance(0)
    expect(configuration?.value).toBe(provider.current)
    expect(subscriptions()).toBe(1)
    scope.stop()
    expect(subscriptions()).toBe(0)
  })

  it.each([
    ['a shallowRef', shallowRef<IceServerProvider>],
    ['a ref, which makes a proxy of it', ref as typeof shallowRef<IceServerProvider>],
  ])('goes over to another provider in %s', async (_, wrap) => {
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
    expect([first.subscriptions(), second.subscriptions()]).toEqual([0, 1])
  })

  it('is undefined from when the credentials expire until there are new ones', async () => {
    const { provider, breakDown } = createFollowedProvider()
    const { renders } = mount(provider)
    await advance(0)
    breakDown()
    await advance(HOUR / 2)
    expect(renders.at(-1)).toBeDefined()
    await advance(HOUR / 2)
    expect(renders.at(-1)).toBeUndefined()
  })

  it('hydrates what the server rendered, and then shows what is there already', async () => {
    const { provider } = createFollowedProvider()
    const faults = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')]
    await provider.getIceServers()
    const container = document.createElement('div')
    container.innerHTML = await renderToString(createSSRApp(usernameOf(provider).component))
    expect(container.textContent).toBe('none')
    const rendered = container.firstElementChild
    const app = createSSRApp(usernameOf(provider).component)
    apps.push(app)
    app.mount(container)
    await nextTick()
    expect(container.textContent).toBe('u1')
    expect(container.firstElementChild).toBe(rendered)
    for (const fault of faults) expect(fault).not.toHaveBeenCalled()
  })
})
