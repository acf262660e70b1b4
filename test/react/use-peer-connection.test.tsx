// @vitest-environment happy-dom
import { act, cleanup, renderHook } from '@testing-library/react'
import { StrictMode } from 'react'
import { renderToString } from 'react-dom/server'
import type { IceServerProvider } from 'turnkeeper'
import {
  type PeerConnectionOptions,
  type PeerConnectionResult,
  useIceServerProvider,
  usePeerConnection,
  useProviderState,
} from 'turnkeeper/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createProvider, deniedError, respondInTurn } from '../support/create-provider.js'
import { createFollowedProvider } from '../support/followed-provider.js'
import { statesOf, useRecordedConnections } from '../support/recorded-connections.js'
import { advance, HOUR, useFakeClock, useRealClock } from '../support/time.js'

const connections = useRecordedConnections()
const advanceInAct = (ms: number) => act(() => advance(ms))
const NONE = { connection: undefined, connectionState: 'new', error: undefined }

interface Props {
  provider: IceServerProvider | undefined
  options?: PeerConnectionOptions
}

/** Renders the hook, whose options are a new object in every render. */
function renderConnection(initialProps: Props, wrapper?: typeof StrictMode) {
  const results: PeerConnectionResult[] = []
  const hook = renderHook(
    ({ provider, options }: Props) => {
      const result = usePeerConnection(provider, { ...options })
      results.push(result)
      return result
    },
    { initialProps, ...(wrapper && { wrapper }) },
  )
  return { ...hook, results }
}

beforeEach(useFakeClock)
afterEach(() => {
  cleanup()
  useRealClock()
  vi.restoreAllMocks()
})

describe('usePeerConnection() of React', () => {
  it('returns the connection and its state, and closes it on unmount', async () => {
    const { provider } = createFollowedProvider()
    const { result, unmount } = renderConnection({ provider })
    expect(result.current).toEqual(NONE)
    await advanceInAct(0)
    expect(result.current).toEqual({ ...NONE, connection: connections[0] })
    act(() => connections[0]?.changeState('connected'))
    expect(result.current.connectionState).toBe('connected')
    unmount()
    expect(statesOf(connections)).toEqual(['closed'])
  })

  it.each([false, true])(
    'creates one connection in StrictMode; the servers are there before: %s',
    async (isFetched) => {
      const { provider } = createFollowedProvider()
      if (isFetched) await provider.getIceServers()
      const { result } = renderConnection({ provider }, StrictMode)
      await advanceInAct(0)
      expect(connections).toHaveLength(1)
      expect(result.current.connection).toBe(connections[0])
    },
  )

  it('creates nothing on a server', async () => {
    const { provider, endpoint } = createFollowedProvider()
    const Server = () => <p>{usePeerConnection(provider).connectionState}</p>
    expect(renderToString(<Server />)).toBe('<p>new</p>')
    await advance(0)
    expect([connections.length, endpoint.mock.calls.length]).toEqual([0, 0])
  })

  it('keeps the connection when it renders again and when options change, and attaches it with the changed ones', async () => {
    const { provider } = createFollowedProvider()
    const attached = vi.spyOn(provider, 'attach')
    const { result, rerender } = renderConnection({ provider, options: { restartIce: 'never' } })
    await advanceInAct(0)
    rerender({ provider, options: { restartIce: 'never', configuration: { iceTransportPolicy: 'relay' } } })
    expect(attached).toHaveBeenCalledOnce()
    rerender({ provider, options: { restartIce: 'always' } })
    expect(attached.mock.calls.map(([, options]) => options?.restartIce)).toEqual(['never', 'always'])
    expect(connections).toHaveLength(1)
    expect(result.current.connection).toBe(connections[0])
  })

  it('calls the newest restartIce function', async () => {
    const { provider } = createFollowedProvider()
    const attached = vi.spyOn(provider, 'attach')
    const restarts = [vi.fn(), vi.fn()] as const
    const { rerender } = renderConnection({ provider, options: { restartIce: restarts[0] } })
    await advanceInAct(0)
    rerender({ provider, options: { restartIce: restarts[1] } })
    expect(attached).toHaveBeenCalledOnce()
    const restartIce = attached.mock.calls[0]?.[1]?.restartIce as () => void
    restartIce()
    expect(restarts.map(({ mock }) => mock.calls.length)).toEqual([0, 1])
  })

  it('closes the connection and opens another one with another provider, and hangs up without one', async () => {
    const first = createFollowedProvider().provider
    const second = createFollowedProvider().provider
    const { rerender, result, results } = renderConnection({ provider: first })
    await advanceInAct(0)
    results.length = 0
    rerender({ provider: second })
    expect(results).toEqual(results.map(() => NONE))
    await advanceInAct(0)
    expect(statesOf(connections)).toEqual(['closed', 'new'])
    expect(result.current.connection).toBe(connections[1])
    rerender({ provider: undefined })
    expect(result.current).toEqual(NONE)
    expect(statesOf(connections)).toEqual(['closed', 'closed'])
  })

  it('creates no connection after it was unmounted while the servers were fetched', async () => {
    const consoleSpy = vi.spyOn(console, 'error')
    const { provider, subscriptionCount } = createFollowedProvider()
    const { unmount } = renderConnection({ provider })
    unmount()
    await advance(HOUR)
    expect(connections).toHaveLength(0)
    expect(subscriptionCount()).toBe(0)
    expect(consoleSpy).not.toHaveBeenCalled()
  })

  it('returns the error, and the connection once the provider has recovered', async () => {
    const response = { iceServers: [{ urls: 'turn:t.org', username: 'u', credential: 'c' }], ttl: 3600 }
    const { provider } = createProvider(respondInTurn(deniedError, response))
    const { result } = renderConnection({ provider })
    await advanceInAct(0)
    expect(result.current).toEqual({ ...NONE, error: deniedError })
    void provider.refresh()
    await advanceInAct(1000)
    expect(result.current).toEqual({ ...NONE, connection: connections[0] })
  })

  it('closes the connection with a provider of useIceServerProvider(), and opens one with the next', async () => {
    const endpoint = (username: string) => ({
      fetch: async () =>
        Response.json({ iceServers: [{ urls: 'turn:t.org', username, credential: 'c' }], ttl: 3600 }),
    })
    const { rerender, unmount } = renderHook(
      ({ room }) => usePeerConnection(useIceServerProvider(`https://t.org/${room}`, endpoint(room))),
      { initialProps: { room: 'a' }, wrapper: StrictMode },
    )
    await advanceInAct(0)
    rerender({ room: 'b' })
    await advanceInAct(0)
    expect(statesOf(connections)).toEqual(['closed', 'new'])
    expect(connections.map(({ usernames }) => usernames)).toEqual([['a'], ['b']])
    unmount()
    expect(statesOf(connections)).toEqual(['closed', 'closed'])
  })
})

describe('useProviderState() of React', () => {
  it('returns the state of the provider, and does not make it refresh', async () => {
    const { provider, endpoint } = createFollowedProvider()
    const { result, rerender } = renderHook(
      ({ source }: { source: IceServerProvider | undefined }) => useProviderState(source),
      { initialProps: { source: provider as IceServerProvider | undefined } },
    )
    await advanceInAct(HOUR)
    expect([result.current, endpoint.mock.calls.length]).toEqual(['idle', 0])
    await act(() => provider.getIceServers())
    expect(result.current).toBe('fresh')
    act(() => provider.close())
    rerender({ source: undefined })
    expect(result.current).toBe('idle')
  })
})
