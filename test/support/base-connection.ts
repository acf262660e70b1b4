/** A stand-in for the browser's class, and classes that extend it. */
import { onTestFinished } from 'vitest'
import {
  createPeerConnectionClass,
  type IceServerError,
  IceServerProvider,
  type PeerConnectionClassOptions,
} from '../../src/index.js'
import { createFakeConnection } from './fake-connection.js'
import { advance } from './time.js'

export const GOOGLE = { urls: 'stun:stun.l.google.com:19302' }
export const turn = (username: string) => ({ urls: ['turn:turn.example.org'], username, credential: 'c' })

/** As the browser's: it records its operations in the order in which they begin. */
export class BaseConnection extends EventTarget {
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
export function createProvider() {
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

export const createClass = (
  provider: IceServerProvider,
  options?: Omit<PeerConnectionClassOptions<typeof BaseConnection>, 'baseClass'>,
) => createPeerConnectionClass(provider, { baseClass: BaseConnection, ...options })

export const usernamesOf = (pc: BaseConnection) =>
  pc.getConfiguration().iceServers?.map(({ username }) => username ?? 'stun')
