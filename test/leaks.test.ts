/** What a provider keeps reachable, while it is open and after `close()`. */
import { afterEach, describe, expect, it } from 'vitest'
import { IceServerProvider, type IceServerProviderOptions } from '../src/index.js'
import { stillReachable } from './support/collected.js'
import { createFakeConnection } from './support/fake-connection.js'
import { iceServersResponse } from './support/http-server.js'
import { wait } from './support/wait.js'

const providers: IceServerProvider[] = []

afterEach(() => {
  for (const provider of providers.splice(0)) provider.close()
})

type Endpoint = () => unknown

/** Creates a provider with listeners, a connection and a pending call. Keeps no reference to them. */
async function createUsedProvider(endpoint: Endpoint, options: IceServerProviderOptions = {}) {
  const provider = new IceServerProvider(endpoint, options)
  const listener = () => provider.state
  const subscriber = () => provider.current
  const pc = createFakeConnection()
  provider.on('update', listener).on('error', listener)
  provider.subscribe(subscriber)
  provider.attach(pc)
  const pendingCall = provider.getConfiguration().catch(() => undefined)
  await wait(20)
  return { provider, pendingCall, references: createWeakRefs({ provider, listener, subscriber, pc }) }
}

async function createAndClose(endpoint: Endpoint, options?: IceServerProviderOptions) {
  const { provider, pendingCall, references } = await createUsedProvider(endpoint, options)
  provider.close()
  await pendingCall
  return references
}

/** Takes the objects by name, so that a failure shows which of them are reachable. */
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

  it('does not stay reachable through a connection that is still open', async () => {
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
      const pc = createFakeConnection()
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
    const provider = new IceServerProvider(async () => {
      await wait(50)
      return iceServersResponse()
    })
    providers.push(provider)
    const addAndRemove = async () => {
      const listener = () => {}
      const subscriber = () => {}
      const controller = new AbortController()
      const { signal } = controller
      provider.on('update', listener).off('update', listener)
      provider.subscribe(subscriber)()
      const aborted = provider.getIceServers({ signal }).catch(() => {})
      controller.abort()
      await aborted
      await provider.getIceServers()
      return createWeakRefs({ listener, subscriber, signal })
    }
    expect(await stillReachable(await addAndRemove())).toEqual([])
  })
})
