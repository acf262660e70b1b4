// @vitest-environment happy-dom
import type { IceServerProvider } from 'turnkeeper'
import {
  type MaybeProvider,
  type PeerConnectionOptions,
  type PeerConnectionRefs,
  useIceServerProvider,
  usePeerConnection,
  useProviderState,
} from 'turnkeeper/vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { computed, createSSRApp, effectScope, h, nextTick, ref, type ShallowRef, shallowRef } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { createProvider, deniedError, respondInTurn } from '../support/create-provider.js'
import { createFollowedProvider } from '../support/followed-provider.js'
import { statesOf, useRecordedConnections } from '../support/recorded-connections.js'
import { advance, HOUR, useFakeClock, useRealClock } from '../support/time.js'

const connections = useRecordedConnections()
const response = { iceServers: [{ urls: 'turn:t.org', username: 'u', credential: 'c' }], ttl: 3600 }
const options = { fetch: async () => Response.json(response), random: () => 0 }

/** Runs composables in a scope, and waits until they have started. */
async function runInScope<T>(run: () => T): Promise<{ result: T; stop(): void }> {
  const scope = effectScope()
  scopes.add(scope)
  const result = scope.run(run) as T
  await advance(0)
  return { result, stop: () => scope.stop() }
}
const scopes = new Set<ReturnType<typeof effectScope>>()

const valuesOf = ({ connection, connectionState, error }: PeerConnectionRefs) => ({
  connection: connection.value,
  connectionState: connectionState.value,
  error: error.value,
})
const NONE = { connection: undefined, connectionState: 'new', error: undefined }

beforeEach(useFakeClock)
afterEach(() => {
  for (const scope of scopes) scope.stop()
  scopes.clear()
  useRealClock()
  vi.restoreAllMocks()
})

describe('useIceServerProvider() of Vue', () => {
  it('returns a provider until its scope is stopped, which closes it in mid-fetch', async () => {
    const signals: AbortSignal[] = []
    const endpoint = ({ signal }: { signal: AbortSignal }) => {
      signals.push(signal)
      return new Promise(() => {})
    }
    const { result, stop } = await runInScope(() => useIceServerProvider(endpoint, { keepFresh: 'always' }))
    const provider = result.value
    expect([provider?.state, signals.length]).toEqual(['idle', 1])
    stop()
    expect([provider?.state, signals[0]?.aborted, result.value]).toEqual(['closed', true, undefined])
  })

  it('closes and replaces the provider when the endpoint or the options change', async () => {
    const room = ref('a')
    const method = ref('GET')
    const { result } = await runInScope(() =>
      useIceServerProvider(
        computed(() => `https://t.org/${room.value}`),
        () => ({ ...options, method: method.value }),
      ),
    )
    const providers = [result.value]
    room.value = 'b'
    await nextTick()
    providers.push(result.value)
    method.value = 'POST'
    await nextTick()
    providers.push(result.value)
    expect(providers.map((provider) => provider?.state)).toEqual(['closed', 'closed', 'idle'])
  })

  it('keeps the provider when a value that only a function of the app reads changes', async () => {
    const token = ref('a')
    const sent: string[] = []
    const { result } = await runInScope(() =>
      useIceServerProvider('https://t.org/', {
        ...options,
        keepFresh: 'always', // so that the constructor calls the function
        headers: () => {
          sent.push(token.value)
          return { 'x-token': token.value }
        },
      }),
    )
    const provider = result.value
    token.value = 'b'
    await nextTick()
    expect(result.value).toBe(provider)
    await Promise.all([provider?.refresh(), advance(1000)])
    expect(sent).toEqual(['a', 'b'])
  })

  it('creates no provider and no connection on a server', async () => {
    const endpoint = vi.fn(() => response)
    const app = createSSRApp(() => h(Server))
    const Server = {
      setup() {
        const provider = useIceServerProvider(endpoint, { keepFresh: 'always' })
        const { connectionState } = usePeerConnection(provider)
        const state = useProviderState(provider)
        return () => h('p', [provider.value?.state ?? 'none', connectionState.value, state.value].join())
      },
    }
    expect(await renderToString(app)).toBe('<p>none,new,idle</p>')
    await advance(HOUR)
    expect(endpoint).not.toHaveBeenCalled()
    expect(connections).toEqual([])
  })

  it('is closed by a replaced component, and by that of a module that was reloaded', async () => {
    const { createApp, defineComponent } = await import('vue')
    const providers: (IceServerProvider | undefined)[] = []
    const define = () =>
      Object.assign(
        defineComponent(() => {
          const provider = useIceServerProvider('https://t.org/', options)
          return () => {
            if (provider.value) providers.push(provider.value)
            return h('p')
          }
        }),
        { __hmrId: 'room' },
      )
    const hotReload = (globalThis as unknown as Record<string, HotReload>).__VUE_HMR_RUNTIME__
    const component = define()
    hotReload?.createRecord('room', component)
    const app = createApp(component)
    app.mount(document.createElement('div'))
    await advance(0)
    hotReload?.reload('room', define())
    await advance(0)
    app.unmount()
    expect(new Set(providers).size).toBe(2)
    expect(providers.map((provider) => provider?.state)).toEqual(providers.map(() => 'closed'))
  })
})

interface HotReload {
  createRecord(id: string, component: unknown): void
  reload(id: string, component: unknown): void
}

describe('usePeerConnection() of Vue', () => {
  const runConnection = (provider: MaybeProvider, connectionOptions?: ShallowRef<PeerConnectionOptions>) =>
    runInScope(() => usePeerConnection(provider, connectionOptions))

  it('returns the connection and its state until the scope is stopped', async () => {
    const { provider } = createFollowedProvider()
    const { result, stop } = await runConnection(provider)
    expect(valuesOf(result)).toEqual({ ...NONE, connection: connections[0] })
    connections[0]?.changeState('connected')
    expect(result.connectionState.value).toBe('connected')
    stop()
    expect(valuesOf(result)).toEqual(NONE)
    expect(statesOf(connections)).toEqual(['closed'])
  })

  it('creates no connection after its scope was stopped while the servers were fetched', async () => {
    const { provider, endpoint, subscriptionCount } = createFollowedProvider()
    let respond = () => {}
    endpoint.mockReturnValue(new Promise((resolve) => (respond = () => resolve(response))))
    const { stop } = await runConnection(provider)
    stop()
    respond()
    await advance(HOUR)
    expect([connections.length, subscriptionCount()]).toEqual([0, 0])
  })

  it('keeps the connection when its options change, and attaches it with the changed ones', async () => {
    const { provider } = createFollowedProvider()
    const attached = vi.spyOn(provider, 'attach')
    const connectionOptions = shallowRef<PeerConnectionOptions>({ restartIce: 'never' })
    await runConnection(provider, connectionOptions)
    connectionOptions.value = { restartIce: 'always' }
    await nextTick()
    expect(attached.mock.calls.map(([, { restartIce } = {}]) => restartIce)).toEqual(['never', 'always'])
    expect(statesOf(connections)).toEqual(['new'])
  })

  it('opens another connection for another provider in a deep ref, and hangs up without one', async () => {
    const first = createFollowedProvider().provider
    const second = createFollowedProvider().provider
    const source = ref<IceServerProvider | undefined>(first) as ShallowRef<IceServerProvider | undefined>
    const { result } = await runConnection(source)
    source.value = second
    await advance(0)
    expect(statesOf(connections)).toEqual(['closed', 'new'])
    expect(result.connection.value).toBe(connections[1])
    source.value = undefined
    await nextTick()
    expect(valuesOf(result)).toEqual(NONE)
    expect(statesOf(connections)).toEqual(['closed', 'closed'])
  })

  it('keeps the connection when a getter returns the same provider again', async () => {
    const { provider } = createFollowedProvider()
    const renders = ref(0)
    await runConnection(() => (renders.value >= 0 ? provider : undefined))
    renders.value++
    await advance(0)
    expect(statesOf(connections)).toEqual(['new'])
  })

  it('returns the error, and the connection once the provider has recovered', async () => {
    const { provider } = createProvider(respondInTurn(deniedError, response))
    const { result } = await runConnection(provider)
    expect(valuesOf(result)).toEqual({ ...NONE, error: deniedError })
    void provider.refresh()
    await advance(1000)
    expect(valuesOf(result)).toEqual({ ...NONE, connection: connections[0] })
  })
})

describe('useProviderState() of Vue', () => {
  it('returns the state of the provider, and does not make it refresh', async () => {
    const { provider, endpoint } = createFollowedProvider()
    const source = shallowRef<IceServerProvider | undefined>(provider)
    const { result } = await runInScope(() => useProviderState(source))
    await advance(HOUR)
    expect([result.value, endpoint.mock.calls.length]).toEqual(['idle', 0])
    await provider.getIceServers()
    expect(result.value).toBe('fresh')
    source.value = undefined
    await nextTick()
    expect(result.value).toBe('idle')
  })
})
