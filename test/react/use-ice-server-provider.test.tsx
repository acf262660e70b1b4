// @vitest-environment happy-dom
import { act, cleanup, renderHook } from '@testing-library/react'
import { Component, type ReactNode, StrictMode } from 'react'
import { renderToString } from 'react-dom/server'
import type { IceServerProvider, IceServerProviderOptions, IceUrl } from 'turnkeeper'
import { useIceServerProvider, useIceServers } from 'turnkeeper/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { advance, HOUR, useFakeClock, useRealClock } from '../support/time.js'

const advanceInAct = (ms: number) => act(() => advance(ms))
const response = { iceServers: [{ urls: 'turn:t.org', username: 'u', credential: 'c' }], ttl: 3600 }

interface Props {
  endpoint: string | (() => unknown)
  options?: IceServerProviderOptions
}

/** Renders the hook, whose options are a new object in every render, and records the providers that it returns. */
function renderProvider(initialProps: Props, wrapper?: typeof StrictMode) {
  const returned: (IceServerProvider | undefined)[] = []
  const hook = renderHook(
    ({ endpoint, options }: Props) => {
      const provider = useIceServerProvider(endpoint, {
        fetch: async () => Response.json(response),
        random: () => 0,
        ...options,
      })
      returned.push(provider)
      return useIceServers(provider)
    },
    { initialProps, ...(wrapper && { wrapper }) },
  )
  const providers = () => [...new Set(returned)].filter((provider) => provider !== undefined)
  return { ...hook, returned, providers }
}

/** Shows the message of an error that a component has thrown. */
class Boundary extends Component<{ children: ReactNode }, { message: string }> {
  override state = { message: '' }
  static getDerivedStateFromError = ({ message }: Error) => ({ message })
  override render() {
    return this.state.message || this.props.children
  }
}

describe('useIceServerProvider() of React', () => {
  beforeEach(useFakeClock)
  afterEach(() => {
    cleanup()
    useRealClock()
    vi.restoreAllMocks()
  })

  it('returns undefined in the first render, then one provider, and closes it on unmount', async () => {
    const endpoint = vi.fn(() => response)
    const { returned, providers, result, unmount } = renderProvider({ endpoint })
    expect(returned[0]).toBeUndefined()
    await advanceInAct(0)
    expect(result.current).toMatchObject({ iceServers: [{ username: 'u' }] })
    expect(providers()).toHaveLength(1)
    unmount()
    expect(providers()[0]?.state).toBe('closed')
    await advance(5 * HOUR)
    expect(endpoint).toHaveBeenCalledOnce()
  })

  it('creates no provider on a server', () => {
    const endpoint = vi.fn(() => response)
    const Server = () => <p>{String(useIceServerProvider(endpoint, { keepFresh: 'always' }))}</p>
    expect(renderToString(<Server />)).toBe('<p>undefined</p>')
    expect(endpoint).not.toHaveBeenCalled()
  })

  it('leaves one open provider and makes one request in StrictMode, which mounts effects twice', async () => {
    const endpoint = vi.fn(() => response)
    const { providers, result } = renderProvider({ endpoint }, StrictMode)
    await advanceInAct(0)
    expect(result.current).toBeDefined()
    expect(providers().map(({ state }) => state)).toEqual(['fresh'])
    expect(endpoint).toHaveBeenCalledOnce()
  })

  it('keeps its provider when only functions change, and calls the newest ones', async () => {
    const respondTo = (name: string) => vi.fn(() => ({ name }))
    const first = respondTo('first')
    const second = respondTo('second')
    const optionsFor = (username: string): IceServerProviderOptions => ({
      parse: () => [{ urls: 'turn:t.org', username, credential: 'c' }],
      urlFilter: [
        Object.assign((urls: readonly IceUrl[]) => (username === 'none' ? [] : urls), { reason: 'a test' }),
      ],
      defaultTtlSeconds: 3600,
    })
    const { rerender, providers, result } = renderProvider({ endpoint: first, options: optionsFor('u1') })
    await advanceInAct(0)
    rerender({ endpoint: second, options: optionsFor('u2') })
    await advanceInAct(HOUR)
    expect(providers()).toHaveLength(1)
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 1])
    expect(result.current?.iceServers[0]?.username).toBe('u2')
    rerender({ endpoint: second, options: optionsFor('none') })
    await act(async () => {
      await Promise.all([
        providers()[0]
          ?.refresh()
          .catch(() => {}),
        advance(HOUR / 2),
      ])
    })
    expect(providers()[0]?.lastError?.message).toContain('turn:t.org was dropped (a test)')
  })

  it.each<[string, Props, Props]>([
    ['endpoint', { endpoint: '/a' }, { endpoint: '/b' }],
    [
      'option',
      { endpoint: '/a', options: { method: 'POST' } },
      { endpoint: '/a', options: { method: 'GET' } },
    ],
    [
      'header',
      { endpoint: '/a', options: { headers: new Headers({ 'x-room': '1' }) } },
      { endpoint: '/a', options: { headers: new Headers({ 'x-room': '2' }) } },
    ],
  ])(
    'closes and replaces the provider when an %s changes, and returns none until the next is there',
    async (_, before, after) => {
      const { rerender, providers, returned } = renderProvider(before)
      await advanceInAct(0)
      rerender(after)
      await advanceInAct(0)
      expect(providers().map(({ state }) => state === 'closed')).toEqual([true, false])
      const changes = returned.filter((provider, index) => index === 0 || provider !== returned[index - 1])
      expect(changes).toEqual([undefined, providers()[0], undefined, providers()[1]])
    },
  )

  it('uses the initial response of its first render, and keeps the provider when a later one differs', async () => {
    const initial = (username: string) => ({
      ...response,
      iceServers: [{ ...response.iceServers[0], username }],
    })
    const options = (username: string) => ({
      endpoint: '/a',
      options: { initialResponse: initial(username) },
    })
    const { rerender, providers, result } = renderProvider(options('u1'))
    await advanceInAct(0)
    rerender(options('u2'))
    await advanceInAct(0)
    expect(result.current?.iceServers[0]?.username).toBe('u1')
    expect(providers().map(({ state }) => state)).toEqual(['fresh'])
  })

  it('aborts the request when the component is unmounted while it is in flight', async () => {
    const consoleSpy = vi.spyOn(console, 'error')
    const signals: AbortSignal[] = []
    const endpoint = ({ signal }: { signal: AbortSignal }) => {
      signals.push(signal)
      return new Promise(() => {})
    }
    const { unmount } = renderProvider({ endpoint: endpoint as Props['endpoint'] })
    await advanceInAct(0)
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    unmount()
    await advance(HOUR)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    expect(consoleSpy).not.toHaveBeenCalled()
  })

  it('throws what the constructor throws to the error boundary', () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { container } = renderIn(() => void useIceServerProvider(''))
    expect(container.textContent).toMatch(/^IceServerProvider: endpoint must be .*, got an empty string/)
  })
})

function renderIn(useHook: () => void) {
  const container = document.body.appendChild(document.createElement('div'))
  renderHook(useHook, { wrapper: Boundary, container })
  return { container }
}
