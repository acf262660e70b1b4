// @vitest-environment happy-dom
import { act, cleanup, render, renderHook } from '@testing-library/react'
import { StrictMode } from 'react'
import { renderToString } from 'react-dom/server'
import type { IceServerProvider } from 'turnkeeper'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useIceServers } from '../../demo/react/use-ice-servers.js'
import { answered, createFollowedProvider } from '../support/followed-provider.js'
import { advance, HOUR } from '../support/time.js'

const pass = (ms: number) => act(() => advance(ms))

function Username({ provider }: { provider: IceServerProvider }) {
  return <p>{useIceServers(provider)?.iceServers[0]?.username ?? 'none'}</p>
}

describe('useIceServers of React', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    cleanup()
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  it('is undefined at first, and then the configuration, with one render for each', async () => {
    const { provider } = createFollowedProvider()
    const renders: unknown[] = []
    renderHook(() => renders.push(useIceServers(provider)))
    expect(renders).toEqual([undefined])
    await pass(0)
    expect(renders).toEqual([undefined, expect.objectContaining(answered(1))])
    expect(renders[1]).toBe(provider.current)
    await pass(HOUR)
    expect(renders.slice(2)).toEqual([expect.objectContaining(answered(2))])
  })

  it('gives the same object, and keeps its subscription, from render to render', async () => {
    const { provider, subscribed } = createFollowedProvider()
    const { result, rerender } = renderHook(() => useIceServers(provider))
    await pass(0)
    const { current } = result
    rerender()
    rerender()
    expect(current).toBeDefined()
    expect(result.current).toBe(current)
    expect(subscribed).toHaveBeenCalledOnce()
  })

  it('has one subscription and makes one request in StrictMode, which mounts twice', async () => {
    const { provider, subscribed, subscriptions, endpoint } = createFollowedProvider()
    const { result } = renderHook(() => useIceServers(provider), { wrapper: StrictMode })
    await pass(0)
    expect(subscribed).toHaveBeenCalledTimes(2)
    expect(subscriptions()).toBe(1)
    expect(endpoint).toHaveBeenCalledOnce()
    expect(result.current).toMatchObject(answered(1))
  })

  it('stops refreshing when the component is unmounted', async () => {
    const { provider, subscriptions, endpoint } = createFollowedProvider()
    const { unmount } = renderHook(() => useIceServers(provider), { wrapper: StrictMode })
    await pass(HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
    unmount()
    expect(subscriptions()).toBe(0)
    await advance(5 * HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
  })

  it('goes over to another provider', async () => {
    const first = createFollowedProvider()
    const second = createFollowedProvider()
    const { result, rerender } = renderHook(({ provider }) => useIceServers(provider), {
      initialProps: { provider: first.provider },
    })
    await pass(0)
    rerender({ provider: second.provider })
    expect(result.current).toBeUndefined()
    await pass(0)
    expect(result.current).toBeDefined()
    expect(result.current).toBe(second.provider.current)
    expect([first.subscriptions(), second.subscriptions()]).toEqual([0, 1])
  })

  it('is undefined from when the credentials expire until there are new ones', async () => {
    const { provider, breakDown } = createFollowedProvider()
    const { result } = renderHook(() => useIceServers(provider))
    await pass(0)
    breakDown()
    await pass(HOUR / 2)
    expect(result.current).toBeDefined()
    await pass(HOUR / 2)
    expect(result.current).toBeUndefined()
  })

  it('hydrates what the server rendered, and then shows what is there already', async () => {
    const { provider } = createFollowedProvider()
    const faults = vi.spyOn(console, 'error').mockImplementation(() => {})
    await provider.getIceServers()
    const container = document.createElement('div')
    container.innerHTML = renderToString(<Username provider={provider} />)
    expect(container.textContent).toBe('none')
    const rendered = container.firstChild
    render(<Username provider={provider} />, {
      container: document.body.appendChild(container),
      hydrate: true,
    })
    expect(container.textContent).toBe('u1')
    expect(container.firstChild).toBe(rendered)
    expect(faults).not.toHaveBeenCalled()
  })
})
