/** What a provider keeps reachable, while it is open and after `close()`. */
import { afterEach, describe, expect, it } from 'vitest'
import { type AttachableConnection, IceServerProvider, type IceServerProviderOptions } from '../src/index.js'
import { stillReachable } from './support/collected.js'
import { createFakeConnection } from './support/fake-connection.js'
import { iceServersResponse } from './support/http-server.js'

const providers: IceServerProvider[] = []

afterEach(() => {
  for (const provider of providers.splice(0)) provider.close()
})

/** Returns a connection without spies, which the test runner keeps reachable. */
function createConnection(): AttachableConnection & { signalingState: string } {
  return { ...createFakeConnection(), setConfiguration: () => {}, restartIce: () => {} }
}

type Endpoint = () => unknown

/** Creates a provider with listeners, a connection and a pending call. Keeps no reference to them. */
async function createUsedProvider(endpoint: Endpoint, options: IceServerProviderOptions = {}) {
  const provider = new IceServerProvider(endpoint, options)
  const listener = () => provider.state
  const subscriber = () => provider.current
  const pc = createConnection()
  provider.on('update', listener).on('error', listener)
  provider.subscribe(subscriber)
  provider.attach(pc)
  const pendingCall = provider.getConfiguration().catch(() => undefined)
  await new Promise((resolve) => setTimeout(resolve, 20))
  return { provider, pendingCall, references: createWeakRefs({ provider, listener, subscriber, pc }) }
}

async function createAndClose(endpoint: Endpoint, options?: IceServerProviderOptions) {
  const { provider, pendingCall, references } = await createUsedProvider(endpoint, options)
  provider.close()
  await pendingCall
  return references
}

const createWeakRefs = (objects: Record<string, object>) =>
  Object.fromEntries(Object.entries(objects).map(([name, object]) => [name, new WeakRef(object)]))

describe('IceServerProvider after close()', () => {
  it.each<[string, Endpoint, IceServerProviderOptions?]>([
    ['a response', () => iceServersResponse()],
    ['a response shared with other tabs', () => iceServersResponse(), { shareAcrossTabs: 'leaks' }],
    ['a failure', () => Promise.reject(new Error('down'))],
  ])('keeps no provider, listener or connection reachable after %s', async (_, endpoint, options) => {
    expect(await stillReachable(await createAndClose(endpoint, options))).toEqual([])
  })

  it('keeps nothing reachable while the app holds an endpoint promise that never settles', async () => {
    const never = new Promise(() => {})
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0 // V8 keeps the receivers of a stack's frames reachable until the stack is read
    const references = await createAndClose(() => never)
    Error.stackTraceLimit = stackTraceLimit
    expect(await stillReachable(references)).toEqual([])
    expect(never).toBeInstanceOf(Promise)
  })

  it('is not kept reachable by a connection that stays open', async () => {
    const pc = createFakeConnection()
    const attachAndClose = async () => {
      const provider = new IceServerProvider(() => iceServersResponse())
      await provider.getIceServers()
      provider.attach(pc)
      provider.close()
      return createWeakRefs({ provider })
    }
    expect(await stillReachable(await attachAndClose())).toEqual([])
    expect(pc.iceServers).toHaveLength(2)
  })
})

describe('IceServerProvider while it is open', () => {
  it('releases a closed connection at the next change', async () => {
    const provider = new IceServerProvider(() => iceServersResponse())
    providers.push(provider)
    const attachAndCloseConnection = async () => {
      const pc = createConnection()
      provider.attach(pc)
      await provider.getIceServers()
      pc.signalingState = 'closed'
      return createWeakRefs({ pc })
    }
    const references = await attachAndCloseConnection()
    provider.on('error', () => {})
    expect(await stillReachable(references)).toEqual([])
    expect(provider.state).toBe('fresh')
  })

  it('releases removed listeners, and callers that aborted', async () => {
    const provider = new IceServerProvider(
      () => new Promise((resolve) => setTimeout(resolve, 50, iceServersResponse())),
    )
    providers.push(provider)
    const addAndRemove = async () => {
      const listener = () => {}
      const subscriber = () => {}
      const { signal, abort } = withAbort()
      provider.on('update', listener).off('update', listener)
      provider.subscribe(subscriber)()
      const aborted = provider.getIceServers({ signal }).catch(() => {})
      abort()
      await aborted
      await provider.getIceServers()
      return createWeakRefs({ listener, subscriber, signal })
    }
    expect(await stillReachable(await addAndRemove())).toEqual([])
  })
})

function withAbort() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}
