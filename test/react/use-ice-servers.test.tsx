// @vitest-environment happy-dom
import { act, cleanup, render, renderHook } from '@testing-library/react'
import { StrictMode } from 'react'
import { renderToString } from 'react-dom/server'
import type { IceServerProvider } from 'turnkeeper'
import { useIceServers } from 'turnkeeper/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createFollowedProvider, serversOfResponse } from '../support/followed-provider.js'
import { advance, HOUR, useFakeClock, useRealClock } from '../support/time.js'

const advanceInAct = (ms: number) => act(() => advance(ms))

function Username({ provider }: { provider: IceServerProvider }) {
  return <p>{useIceServers(provider)?.iceServers[0]?.username ?? 'none'}</p>
}

describe('useIceServers() of React', () => {
  beforeEach(useFakeClock)
  afterEach(() => {
    cleanup()
    useRealClock()
    vi.restoreAllMocks()
  })

  it('returns undefined until the first response, and renders once for each change', async () => {
    const { provider } = createFollowedProvider()
    const renders: unknown[] = []
    renderHook(() => renders.push(useIceServers(provider)))
    expect(renders).toEqual([undefined])
    await advanceInAct(0)
    expect(renders).toEqual([undefined, expect.objectContaining(serversOfResponse(1))])
    expect(renders[1]).toBe(provider.current)
    await advanceInAct(HOUR)
    expect(renders.slice(2)).toEqual([expect.objectContaining(serversOfResponse(2))])
  })

  it('returns the same object and keeps its subscription when the component renders again', async () => {
    const { provider, subscribed } = createFollowedProvider()
    const { result, rerender } = renderHook(() => useIceServers(provider))
    await advanceInAct(0)
    const { current } = result
    rerender()
    rerender()
    expect(current).toBeDefined()
    expect(result.current).toBe(current)
    expect(subscribed).toHaveBeenCalledOnce()
  })

  it('subscribes once and makes one request in StrictMode, which mounts effects twice', async () => {
    const { provider, subscribed, subscriptionCount, endpoint } = createFollowedProvider()
    const { result } = renderHook(() => useIceServers(provider), { wrapper: StrictMode })
    await advanceInAct(0)
    expect(subscribed).toHaveBeenCalledTimes(2)
    expect(subscriptionCount()).toBe(1)
    expect(endpoint).toHaveBeenCalledOnce()
    expect(result.current).toMatchObject(serversOfResponse(1))
  })

  it('stops refreshing when the component is unmounted', async () => {
    const { provider, subscriptionCount, endpoint } = createFollowedProvider()
    const { unmount } = renderHook(() => useIceServers(provider), { wrapper: StrictMode })
    await advanceInAct(HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
    unmount()
    expect(subscriptionCount()).toBe(0)
    await advance(5 * HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
  })

  it('follows another provider after the prop changed', async () => {
    const first = createFollowedProvider()
    const second = createFollowedProvider()
    const { result, rerender } = renderHook(({ provider }) => useIceServers(provider), {
      initialProps: { provider: first.provider },
    })
    await advanceInAct(0)
    rerender({ provider: second.provider })
    expect(result.current).toBeUndefined()
    await advanceInAct(0)
    expect(result.current).toBeDefined()
    expect(result.current).toBe(second.provider.current)
    expect([first.subscriptionCount(), second.subscriptionCount()]).toEqual([0, 1])
  })

  it('returns undefined after the credentials expired without a refresh', async () => {
    const { provider, failFromNowOn } = createFollowedProvider()
    const { result } = renderHook(() => useIceServers(provider))
    await advanceInAct(0)
    failFromNowOn()
    await advanceInAct(HOUR / 2)
    expect(result.current).toBeDefined()
    await advanceInAct(HOUR / 2)
    expect(result.current).toBeUndefined()
  })

  it('hydrates the HTML of the server and then renders the current configuration', async () => {
    const { provider } = createFollowedProvider()
    const consoleSpy = vi.spyOn(console, 'error').mockImplementation(() => {})
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
    expect(consoleSpy).not.toHaveBeenCalled()
  })
})
