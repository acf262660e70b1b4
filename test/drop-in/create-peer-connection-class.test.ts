/** The class for libraries that create their connections themselves. */
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import {
  createPeerConnectionClass,
  type IceServerError,
  IceServerProvider,
  type PeerConnectionClassOptions,
} from '../../src/index.js'
import { createFakeConnection } from '../support/fake-connection.js'
import { advance, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

const GOOGLE = { urls: 'stun:stun.l.google.com:19302' }
const turn = (username: string) => ({ urls: ['turn:turn.example.org'], username, credential: 'c' })

/** As the browser's: it records its operations in the order in which they begin. */
class BaseConnection extends EventTarget {
  static generateCertificate = () => 'certificate'
  signalingState = 'stable'
  iceConnectionState = 'new'
  readonly operations: string[] = []
  readonly #fake
  getStats = createFakeConnection().getStats

  constructor(
    configuration: RTCConfiguration = {},
    readonly constraints?: unknown,
  ) {
    super()
    this.#fake = createFakeConnection({ iceServers: [], ...configuration })
  }
  getConfiguration(): RTCConfiguration {
    return this.#fake.getConfiguration()
  }
  setConfiguration(configuration: RTCConfiguration = {}): void {
    this.#fake.setConfiguration({ iceServers: [], ...configuration })
  }
  async #run(operation: string): Promise<string> {
    if (this.signalingState === 'closed') throw new DOMException('closed', 'InvalidStateError')
    const usernames = this.getConfiguration().iceServers?.map(({ username }) => username ?? 'stun')
    this.operations.push(`${operation} with ${usernames}`)
    return operation
  }
  close(): void {
    this.signalingState = 'closed'
  }
  setLocalDescription(): Promise<string> {
    return this.#run('setLocalDescription')
  }
  setRemoteDescription(): Promise<string> {
    return this.#run('setRemoteDescription')
  }
  createOffer(): Promise<string> {
    return this.#run('createOffer')
  }
  createAnswer(): Promise<string> {
    return this.#run('createAnswer')
  }
  addIceCandidate(): Promise<string> {
    return this.#run('addIceCandidate')
  }
}
/** A provider whose backend responds when it is told to. */
function createProvider() {
  let respond: (response: unknown) => void = () => {}
  const responses = () =>
    new Promise((resolve) => {
      respond = resolve
    })
  const provider = new IceServerProvider(responses, { random: () => 0 })
  onTestFinished(() => provider.close())
  const errors: IceServerError[] = []
  provider.on('error', (error) => errors.push(error))
  const receive = async (username: string) => {
    respond({ iceServers: [turn(username)], ttl: 600 })
    await advance(0)
  }
  return { provider, errors, receive }
}

const createClass = (
  provider: IceServerProvider,
  options?: Omit<PeerConnectionClassOptions<typeof BaseConnection>, 'baseClass'>,
) => createPeerConnectionClass(provider, { baseClass: BaseConnection, ...options })

const usernamesOf = (pc: BaseConnection) =>
  pc.getConfiguration().iceServers?.map(({ username }) => username ?? 'stun')

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

describe('the class', () => {
  it('has the name and the statics of its parent, and the instances of both', () => {
    const { provider } = createProvider()
    const Connection = createClass(provider)
    expect(Connection.name).toBe('BaseConnection')
    expect(Connection.generateCertificate()).toBe('certificate')
    const pc = new Connection()
    expect(pc instanceof BaseConnection).toBe(true)
    expect(pc instanceof Connection).toBe(true)
    expect(new BaseConnection() instanceof Connection).toBe(true)
    class Library extends Connection {}
    expect(new Library() instanceof Library).toBe(true)
    expect(pc instanceof Library).toBe(false)
  })

  it('extends a constructor that returns an object of another class, as that of webrtc-adapter does', async () => {
    const { provider } = createProvider()
    function Adapted(configuration: RTCConfiguration) {
      return new BaseConnection(configuration)
    }
    Adapted.prototype = BaseConnection.prototype
    const baseClass = Adapted as unknown as typeof BaseConnection
    const pc = new (createPeerConnectionClass(provider, { baseClass, serversTimeoutMs: 10 }))()
    const described = pc.setLocalDescription()
    expect(pc.operations).toEqual([])
    await advance(10)
    expect(await described).toBe('setLocalDescription')
  })

  it('extends the global RTCPeerConnection by default', () => {
    const { provider } = createProvider()
    expect(() => createPeerConnectionClass(provider)).toThrow(
      'createPeerConnectionClass(): baseClass must be a class like RTCPeerConnection, got undefined',
    )
  })

  it.each([
    [{ otherServer: 'keep' }, 'unknown option otherServer (did you mean otherServers?)'],
    [{ otherServers: 'drop' }, "otherServers must be 'keep' or 'remove', got a string"],
    [{ serversTimeoutMs: -1 }, 'serversTimeoutMs must be an integer from 0 to 2147483647, got -1'],
    [{ baseClass: {} }, 'baseClass must be a class like RTCPeerConnection, got an object'],
  ])('rejects %j', (options, message) => {
    const { provider } = createProvider()
    expect(() => createClass(provider, options as never)).toThrow(`createPeerConnectionClass(): ${message}`)
  })

  it('rejects what is not a provider', () => {
    expect(() => createClass(Promise.resolve() as never)).toThrow(
      'createPeerConnectionClass(): provider must be an IceServerProvider, got a Promise (forgot await?)',
    )
  })
})
