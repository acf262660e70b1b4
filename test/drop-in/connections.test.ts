/** Connections of the class for libraries that create their connections themselves. */
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createPeerConnectionClass, IceServerProvider } from '../../src/index.js'
import {
  BaseConnection,
  createClass,
  createProvider,
  GOOGLE,
  turn,
  usernamesOf,
} from '../support/base-connection.js'
import { advance, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

describe('a connection of the class', () => {
  it('has the current servers from the start, beside those that the library passes', async () => {
    const { provider, receive } = createProvider()
    const servers = provider.getIceServers()
    await receive('u1')
    await servers
    const Connection = createClass(provider)
    const certificates: RTCCertificate[] = []
    const pc = new Connection(
      { iceServers: [GOOGLE], iceTransportPolicy: 'relay', certificates },
      'constraints',
    )
    expect(usernamesOf(pc)).toEqual(['stun', 'u1'])
    expect(pc.getConfiguration()).toMatchObject({ iceTransportPolicy: 'relay', certificates })
    expect(pc.constraints).toBe('constraints')
    expect(usernamesOf(new Connection())).toEqual(['u1'])
    const Only = createClass(provider, { otherServers: 'remove' })
    expect(usernamesOf(new Only({ iceServers: [GOOGLE] }))).toEqual(['u1'])
    await pc.setLocalDescription()
    expect(pc.operations).toHaveLength(1)
  })

  it('keeps the servers of the provider when the library sets others', async () => {
    const { provider, receive } = createProvider()
    const servers = provider.getIceServers()
    await receive('u1')
    await servers
    const pc = new (createClass(provider))()
    pc.setConfiguration({ iceServers: [GOOGLE] })
    expect(usernamesOf(pc)).toEqual(['stun', 'u1'])
    pc.setConfiguration({ iceServers: [turn('u1'), GOOGLE] })
    expect(usernamesOf(pc)).toEqual(['u1', 'stun'])
    pc.setConfiguration()
    expect(usernamesOf(pc)).toEqual(['u1'])
  })

  it('has no other servers with otherServers: remove, whenever those of the provider arrive', async () => {
    const { provider, receive } = createProvider()
    const pc = new (createClass(provider, { otherServers: 'remove' }))({ iceServers: [GOOGLE] })
    expect(usernamesOf(pc)).toEqual([])
    const described = pc.setLocalDescription()
    await receive('u1')
    await described
    expect(usernamesOf(pc)).toEqual(['u1'])
    pc.setConfiguration({ iceServers: [GOOGLE, turn('u1')] })
    expect(usernamesOf(pc)).toEqual(['u1'])
    pc.setConfiguration({ iceServers: [GOOGLE] })
    expect(usernamesOf(pc)).toEqual(['u1'])
  })

  it('is attached: later servers replace those before', async () => {
    const { provider, receive } = createProvider()
    const servers = provider.getIceServers()
    await receive('u1')
    await servers
    const pc = new (createClass(provider))({ iceServers: [GOOGLE] })
    void provider.refresh()
    await advance(2000)
    await receive('u2')
    expect(usernamesOf(pc)).toEqual(['stun', 'u2'])
    pc.close()
    expect(provider.snapshot().connections).toEqual([])
  })

  it('waits for the first servers before it gathers, and keeps the order of its operations', async () => {
    const { provider, errors, receive } = createProvider()
    const pc = new (createClass(provider))({ iceServers: [GOOGLE] })
    await pc.setRemoteDescription()
    const answered = pc.setLocalDescription()
    const added = pc.addIceCandidate()
    const described = pc.setRemoteDescription()
    await advance(1000)
    expect(pc.operations).toEqual(['setRemoteDescription with stun'])
    await receive('u1')
    expect(await Promise.all([answered, added, described])).toEqual([
      'setLocalDescription',
      'addIceCandidate',
      'setRemoteDescription',
    ])
    expect(pc.operations.slice(1)).toEqual([
      'setLocalDescription with stun,u1',
      'addIceCandidate with stun,u1',
      'setRemoteDescription with stun,u1',
    ])
    await pc.setLocalDescription()
    expect(errors).toEqual([])
  })

  it('gathers without them after the time limit, reports it once, and gets them later', async () => {
    const { provider, errors, receive } = createProvider()
    const pc = new (createClass(provider, { serversTimeoutMs: 100 }))({ iceServers: [GOOGLE] })
    const described = pc.setLocalDescription()
    await advance(99)
    expect(pc.operations).toEqual([])
    await advance(1)
    await described
    expect(pc.operations).toEqual(['setLocalDescription with stun'])
    await pc.setLocalDescription()
    expect(pc.operations).toHaveLength(2)
    expect(errors.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'ERR_TIMEOUT no ICE servers within 100 ms, so a connection gathers without them',
    ])
    await receive('u1')
    expect(usernamesOf(pc)).toEqual(['stun', 'u1'])
  })

  it('does not wait if the backend denies access', async () => {
    const provider = new IceServerProvider(() => Promise.reject({ status: 403 }))
    onTestFinished(() => provider.close())
    const pc = new (createClass(provider))()
    const described = pc.setLocalDescription()
    await advance(0)
    expect(await described).toBe('setLocalDescription')
    expect(provider.state).toBe('denied')
    const next = new (createClass(provider))()
    expect(await next.setLocalDescription()).toBe('setLocalDescription')
  })

  it('goes on waiting while failed requests are retried', async () => {
    const provider = new IceServerProvider(() => Promise.reject(new Error('offline')), { timeoutMs: 1000 })
    onTestFinished(() => provider.close())
    const retried = new (createClass(provider, { serversTimeoutMs: 5000 }))()
    const described = retried.setLocalDescription()
    await advance(4999)
    expect(retried.operations).toEqual([])
    await advance(1)
    await described
  })

  it('does not wait if every request fails because of a mistake of the app', async () => {
    const provider = new IceServerProvider('https://app.test/ice', { headers: () => ({ 'not a name': 'x' }) })
    onTestFinished(() => provider.close())
    const pc = new (createClass(provider))()
    const described = pc.setLocalDescription()
    await advance(0)
    expect(await described).toBe('setLocalDescription')
  })

  it('stops waiting when it is closed', async () => {
    const { provider, errors } = createProvider()
    const pc = new (createClass(provider))()
    const rejection = pc.setLocalDescription().catch(({ name }) => name)
    pc.close()
    await advance(0)
    expect(await rejection).toBe('InvalidStateError')
    expect(errors).toEqual([])
  })

  it('goes on after an operation that rejects', async () => {
    const { provider, receive } = createProvider()
    class Failing extends BaseConnection {
      override async createAnswer(): Promise<string> {
        throw new Error('no')
      }
    }
    const pc = new (createPeerConnectionClass(provider, { baseClass: Failing }))()
    const described = pc.setLocalDescription()
    const created = pc.createAnswer().catch(({ message }) => message)
    const added = pc.addIceCandidate()
    await receive('u1')
    expect(await Promise.all([described, created, added])).toEqual([
      'setLocalDescription',
      'no',
      'addIceCandidate',
    ])
  })

  it('is a plain connection once the provider is closed', async () => {
    const { provider } = createProvider()
    const Connection = createClass(provider)
    provider.close()
    const pc = new Connection({ iceServers: [GOOGLE] })
    await pc.setLocalDescription()
    expect(pc.operations).toEqual(['setLocalDescription with stun'])
  })

  it('passes what is not a list of servers to the browser', () => {
    const { provider } = createProvider()
    class Strict extends BaseConnection {
      constructor(configuration: RTCConfiguration = {}) {
        if (configuration.iceServers && !Array.isArray(configuration.iceServers))
          throw new TypeError('native')
        super(configuration)
      }
    }
    const Connection = createPeerConnectionClass(provider, { baseClass: Strict })
    expect(() => new Connection({ iceServers: 'stun:s.org' as never })).toThrow('native')
    expect(usernamesOf(new Connection(null as never))).toEqual([])
  })
})
