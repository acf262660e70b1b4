import { afterEach, describe, expect, it } from 'vitest'
import { type AttachableConnection, IceServerProvider, type IceServerProviderOptions } from '../src/index.js'
import { stillReachable } from './support/collected.js'
import { fakeConnection } from './support/fake-connection.js'
import { iceServersResponse } from './support/http-server.js'

const providers: IceServerProvider[] = []

afterEach(() => {
  for (const provider of providers.splice(0)) provider.close()
})

/** A copy without spies, for these are held by the test runner. */
function createConnection(): AttachableConnection & { signalingState: string } {
  return { ...fakeConnection(), setConfiguration: () => {}, restartIce: () => {} }
}

type Endpoint = () => unknown

/** A provider with all that can hold it or be held by it; nothing of this function outlives it but what it returns. */
async function use(endpoint: Endpoint, options: IceServerProviderOptions = {}) {
  const provider = new IceServerProvider(endpoint, options)
  const listener = () => provider.state
  const subscriber = () => provider.current
  const pc = createConnection()
  provider.on('update', listener).on('error', listener)
  provider.subscribe(subscriber)
  provider.attach(pc)
  const waiting = provider.getConfiguration().catch(() => undefined)
  await new Promise((resolve) => setTimeout(resolve, 20))
  return { provider, pc, waiting, references: weakly({ provider, listener, subscriber, pc }) }
}

async function useAndClose(endpoint: Endpoint, options?: IceServerProviderOptions) {
  const { provider, waiting, references } = await use(endpoint, options)
  provider.close()
  await waiting
  return references
}

const weakly = (objects: Record<string, object>) =>
  Object.fromEntries(Object.entries(objects).map(([name, object]) => [name, new WeakRef(object)]))

describe('after close', () => {
  it.each<[string, Endpoint, IceServerProviderOptions?]>([
    ['a success', () => iceServersResponse()],
    ['a success that is shared', () => iceServersResponse(), { shareAcrossTabs: 'leaks' }],
    ['a failure', () => Promise.reject(new Error('down'))],
  ])('nothing holds a provider, its listeners or its connections, after %s', async (_, endpoint, options) => {
    expect(await stillReachable(await useAndClose(endpoint, options))).toEqual([])
  })

  it('nothing but the stack of an error holds them while the app holds an answer that never comes', async () => {
    const never = new Promise(() => {})
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0 // V8 keeps what the frames of a stack are of until somebody reads it
    const references = await useAndClose(() => never)
    Error.stackTraceLimit = stackTraceLimit
    expect(await stillReachable(references)).toEqual([])
    expect(never).toBeInstanceOf(Promise)
  })

  it('a connection that goes on holds nothing of the provider', async () => {
    const pc = fakeConnection()
    const attachAndClose = async () => {
      const provider = new IceServerProvider(() => iceServersResponse())
      await provider.getIceServers()
      provider.attach(pc)
      provider.close()
      return weakly({ provider })
    }
    expect(await stillReachable(await attachAndClose())).toEqual([])
    expect(pc.iceServers).toHaveLength(2)
  })
})

describe('while a provider lives on', () => {
  it('it lets go of a closed connection at its next look', async () => {
    const provider = new IceServerProvider(() => iceServersResponse())
    providers.push(provider)
    const attachAndHangUp = async () => {
      const pc = createConnection()
      provider.attach(pc)
      await provider.getIceServers()
      pc.signalingState = 'closed'
      return weakly({ pc })
    }
    const references = await attachAndHangUp()
    provider.on('error', () => {})
    expect(await stillReachable(references)).toEqual([])
    expect(provider.state).toBe('fresh')
  })

  it('it lets go of listeners that are taken out, and of callers who gave up', async () => {
    const provider = new IceServerProvider(
      () => new Promise((resolve) => setTimeout(resolve, 50, iceServersResponse())),
    )
    providers.push(provider)
    const comeAndGo = async () => {
      const listener = () => {}
      const subscriber = () => {}
      const { signal, abort } = withAbort()
      provider.on('update', listener).off('update', listener)
      provider.subscribe(subscriber)()
      const asking = provider.getIceServers({ signal }).catch(() => {})
      abort()
      await asking
      await provider.getIceServers()
      return weakly({ listener, subscriber, signal })
    }
    expect(await stillReachable(await comeAndGo())).toEqual([])
  })
})

function withAbort() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}
