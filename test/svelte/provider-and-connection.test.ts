// @vitest-environment happy-dom
import { flushSync, mount, unmount } from 'svelte'
import { fromStore, writable } from 'svelte/store'
import { IceServerProvider } from 'turnkeeper'
import type { PeerConnectionOptions, ProviderArguments } from 'turnkeeper/svelte'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { deniedError } from '../support/create-provider.js'
import { statesOf, useRecordedConnections } from '../support/recorded-connections.js'
import { advance, HOUR, useFakeClock, useRealClock } from '../support/time.js'
import Call from './fixtures/call.svelte'

const connections = useRecordedConnections()
const response = { iceServers: [{ urls: 'turn:t.org', username: 'u', credential: 'c' }], ttl: 3600 }
const mounted = new Set<() => Promise<void>>()

/** Mounts a component with a provider and a call. Records its providers, in the order of their creation. */
async function show(...initialArgs: ProviderArguments) {
  const args = writable(initialArgs)
  const isCalling = writable<boolean | 'still'>(true)
  const options = writable<PeerConnectionOptions>({ restartIce: 'never' })
  const target = document.createElement('div')
  const providers = new Set<IceServerProvider>()
  const seenConnections: unknown[] = []
  let readProvider = (): IceServerProvider | undefined => undefined
  const instance = mount(Call, {
    target,
    props: {
      args,
      isCalling,
      options,
      onConnection: (connection: unknown) => void seenConnections.push(connection),
      onCreate: (provider: { readonly current: IceServerProvider | undefined }) => {
        readProvider = () => provider.current
      },
    },
  })
  const settle = async () => {
    flushSync()
    const provider = readProvider()
    if (provider) providers.add(provider)
    await advance(0)
    flushSync()
    return target.textContent
  }
  const remove = async () => {
    if (mounted.delete(remove)) await unmount(instance)
  }
  mounted.add(remove)
  const initialText = target.textContent
  await settle()
  return {
    initialText,
    settle,
    text: () => target.textContent,
    setArguments: (...next: ProviderArguments) => args.set(next),
    isCalling,
    options,
    seenConnections,
    provider: () => readProvider() as IceServerProvider,
    stateOfProviders: () => [...providers].map(({ state }) => state),
    unmount: remove,
  }
}

beforeEach(useFakeClock)
afterEach(async () => {
  for (const remove of mounted) await remove()
  useRealClock()
  vi.restoreAllMocks()
})

describe('useIceServerProvider() and usePeerConnection() of Svelte', () => {
  it('create a provider and a connection after mounting, and close both when the component is destroyed', async () => {
    const endpoint = vi.fn(() => response)
    const { initialText, settle, stateOfProviders, unmount } = await show(endpoint)
    expect(initialText).toBe('idle, none, new, no error')
    expect(await settle()).toBe('fresh, connection, new, no error')
    connections[0]?.changeState('connected')
    expect(await settle()).toBe('fresh, connection, connected, no error')
    await unmount()
    expect([stateOfProviders(), statesOf(connections)]).toEqual([['closed'], ['closed']])
    await advance(5 * HOUR)
    expect(endpoint).toHaveBeenCalledOnce()
  })

  it('run an effect that reads the connection once for each connection, not for each of its states', async () => {
    const { settle, seenConnections } = await show(() => response)
    await settle()
    for (const state of ['connecting', 'connected'] as const) {
      connections[0]?.changeState(state)
      await settle()
    }
    expect(seenConnections).toEqual([undefined, connections[0]])
  })

  it('replace the provider and the connection when the arguments change', async () => {
    const { settle, setArguments, stateOfProviders } = await show(() => response)
    setArguments(() => response, { keepFresh: 'always' })
    await settle()
    await settle()
    expect(stateOfProviders()).toEqual(['closed', 'fresh'])
    expect(statesOf(connections)).toEqual(['closed', 'new'])
  })

  it('abort the request and create no connection if the component is destroyed in mid-fetch', async () => {
    const signals: AbortSignal[] = []
    const { unmount } = await show(({ signal }) => {
      signals.push(signal)
      return new Promise(() => {})
    })
    await unmount()
    await advance(HOUR)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    expect(connections).toEqual([])
  })

  it('hang up without a provider, and call again with it', async () => {
    const { settle, isCalling, stateOfProviders } = await show(() => response)
    isCalling.set(false)
    expect(await settle()).toBe('fresh, none, new, no error')
    expect(statesOf(connections)).toEqual(['closed'])
    isCalling.set(true)
    expect(await settle()).toBe('fresh, connection, new, no error')
    expect(statesOf(connections)).toEqual(['closed', 'new'])
    expect(stateOfProviders()).toEqual(['fresh'])
  })

  it('keep the connection when the getter returns the same provider again', async () => {
    const { settle, isCalling } = await show(() => response)
    isCalling.set('still')
    await settle()
    expect(statesOf(connections)).toEqual(['new'])
  })

  it('keep the provider when a value that only a function of the app reads changes', async () => {
    const token = writable('a')
    const followed = fromStore(token)
    const sent: string[] = []
    const endpoint = () => {
      sent.push(followed.current)
      return response
    }
    const options = { keepFresh: 'always', random: () => 0 } as const
    const { settle, setArguments, provider, stateOfProviders } = await show(endpoint, options)
    setArguments(endpoint, options)
    await settle()
    token.set('b')
    await settle()
    expect(stateOfProviders()).toEqual(['closed', 'fresh'])
    await Promise.all([provider().refresh(), advance(1000)])
    expect(sent).toEqual(['a', 'a', 'b'])
  })

  it('keep the connection when its options change, and attach it with the changed ones', async () => {
    const attached = vi.spyOn(IceServerProvider.prototype, 'attach')
    const { settle, options } = await show(() => response)
    options.set({ restartIce: 'always' })
    await settle()
    expect(attached.mock.calls.map(([, { restartIce } = {}]) => restartIce)).toEqual(['never', 'always'])
    expect(statesOf(connections)).toEqual(['new'])
  })

  it('return the error, and the connection once the provider has recovered', async () => {
    let isDenied = true
    const { text, settle, provider } = await show(() => {
      if (isDenied) throw deniedError
      return response
    })
    expect(text()).toBe('denied, none, new, denied')
    isDenied = false
    void provider().refresh()
    await advance(1000)
    expect(await settle()).toBe('fresh, connection, new, no error')
  })
})
