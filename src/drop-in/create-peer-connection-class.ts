/** A class for libraries that create their connections themselves: `RTCPeerConnection` with the servers of a provider. */
import type {
  AttachableConnection,
  AttachOptions,
  ConnectionConfiguration,
} from '../attachable-connection.js'
import type { RTCIceServer } from '../config/ice-server.js'
import { areSameServers, copyServers, replaceServers, urlKeysOf } from '../config/server-keys.js'
import { IceServerError } from '../errors.js'
import { emitError } from '../events.js'
import { assertKnownOptions, assertOption } from '../option-checks.js'
import { ATTACH_OPTION_NAMES, resolveAttachOptions } from '../peer/resolve-attach-options.js'
import type { IceServerProvider } from '../provider.js'
import { waitForServers } from './first-servers.js'
import { OperationGate } from './operation-gate.js'

/** A class of connections, such as `RTCPeerConnection`. @group Live connections */
export type PeerConnectionClass = new (...args: never[]) => AttachableConnection

/** `typeof RTCPeerConnection`, where there are DOM types. @group Live connections */
export type GlobalPeerConnectionClass = typeof globalThis extends { RTCPeerConnection: infer Class }
  ? Class extends PeerConnectionClass
    ? Class
    : PeerConnectionClass
  : PeerConnectionClass

/** Options of {@link createPeerConnectionClass}: those of `attach()`, and these. @expand @group Live connections */
export interface PeerConnectionClassOptions<Class extends PeerConnectionClass = GlobalPeerConnectionClass>
  extends Omit<AttachOptions<InstanceType<Class>>, 'configuration'> {
  /** The class to extend. @defaultValue `globalThis.RTCPeerConnection` */
  baseClass?: Class
  /** What happens to servers that the library passes: they stay beside those of the provider, or are left out. @defaultValue `'keep'` */
  otherServers?: 'keep' | 'remove'
  /**
   * How long the first `setLocalDescription()` waits for the first servers of the provider, in ms. Then the connection gathers with
   * those that it has, and the provider reports `ERR_TIMEOUT`. @defaultValue 5000
   */
  serversTimeoutMs?: number
}

const OWNER = 'createPeerConnectionClass()'
const OPTION_NAMES = [
  'baseClass',
  'otherServers',
  'serversTimeoutMs',
  ...ATTACH_OPTION_NAMES.filter((name) => name !== 'configuration'),
]
const MAX_TIMER_MS = 2 ** 31 - 1

/** The members that the class overrides. */
interface BaseConnection extends AttachableConnection {
  createOffer(...args: unknown[]): Promise<unknown>
  createAnswer(...args: unknown[]): Promise<unknown>
  setLocalDescription(...args: unknown[]): Promise<unknown>
  setRemoteDescription(...args: unknown[]): Promise<unknown>
  addIceCandidate(...args: unknown[]): Promise<unknown>
  getConfiguration(): ConnectionConfiguration
  setConfiguration(configuration?: ConnectionConfiguration): void
  close(): void
}

type BaseClass = new (configuration?: ConnectionConfiguration, ...rest: unknown[]) => BaseConnection

/**
 * Creates a subclass of `RTCPeerConnection` whose connections have the servers of a provider and are attached to it. For
 * libraries that create their connections themselves: use it in place of the global, or wherever a library takes a class.
 *
 * The first `setLocalDescription()` of a connection waits for the first servers. Servers that the library passes, also later with
 * `setConfiguration()`, stay beside those of the provider. A closed connection is detached.
 *
 * @throws TypeError if an argument is not valid, or if there is no `RTCPeerConnection`.
 *
 * @example
 * ```ts
 * window.RTCPeerConnection = createPeerConnectionClass(provider) // before the script of the library
 * ```
 * @group Live connections
 */
export function createPeerConnectionClass<Class extends PeerConnectionClass = GlobalPeerConnectionClass>(
  provider: IceServerProvider,
  options: PeerConnectionClassOptions<Class> = {},
): Class {
  assertOption(typeof provider?.attach === 'function', OWNER, 'provider', 'an IceServerProvider', provider)
  assertKnownOptions(OWNER, options, OPTION_NAMES)
  const { baseClass, otherServers = 'keep', serversTimeoutMs = 5000, ...attachOptions } = options
  const parent = baseClass ?? (globalThis as { RTCPeerConnection?: PeerConnectionClass }).RTCPeerConnection
  assertOption(typeof parent === 'function', OWNER, 'baseClass', 'a class like RTCPeerConnection', parent)
  assertOption(
    ['keep', 'remove'].includes(otherServers),
    OWNER,
    'otherServers',
    "'keep' or 'remove'",
    otherServers,
  )
  const isTimeout =
    Number.isInteger(serversTimeoutMs) && serversTimeoutMs >= 0 && serversTimeoutMs <= MAX_TIMER_MS
  assertOption(isTimeout, OWNER, 'serversTimeoutMs', 'an integer from 0 to 2147483647', serversTimeoutMs)
  resolveAttachOptions(OWNER, attachOptions as AttachOptions)

  /** Adds the servers of the provider, unless the list has some of them: `attach()` keeps those current. */
  const withServers = (servers: readonly RTCIceServer[] = []): RTCIceServer[] => {
    const { iceServers = [] } = provider.current ?? {}
    if (iceServers.length === 0) return copyServers(servers)
    const keys = urlKeysOf(iceServers)
    const isOwn = (server: RTCIceServer) => [...urlKeysOf([server])].some((key) => keys.has(key))
    const kept = otherServers === 'keep' ? servers : servers.filter(isOwn)
    return kept.some(isOwn) ? copyServers(kept) : replaceServers(kept, keys, iceServers)
  }
  /** What is not a list of servers goes to the browser, which throws. */
  const complete = (configuration: ConnectionConfiguration = {}, isNew = false): ConnectionConfiguration => {
    const { iceServers } = configuration ?? {}
    if (iceServers !== undefined && !Array.isArray(iceServers)) return configuration
    const servers = isNew && otherServers === 'remove' ? [] : iceServers
    return { ...configuration, iceServers: withServers(servers) }
  }

  const Parent = parent as unknown as BaseClass
  class PeerConnection extends Parent {
    readonly #closed = new AbortController()
    readonly #gate = new OperationGate(() => this.#prepare())

    constructor(configuration?: ConnectionConfiguration, ...rest: unknown[]) {
      super(complete(configuration, true), ...rest)
      // The constructor of webrtc-adapter returns an object of its own class.
      if (Object.getPrototypeOf(this) !== new.target.prototype)
        Object.setPrototypeOf(this, new.target.prototype)
      if (provider.state === 'closed') this.#gate.open()
      else provider.attach(this as unknown as InstanceType<Class>, attachOptions)
      if (provider.current) this.#gate.open()
    }

    override createOffer(...args: unknown[]): Promise<unknown> {
      return this.#gate.run(() => super.createOffer(...args))
    }

    override createAnswer(...args: unknown[]): Promise<unknown> {
      return this.#gate.run(() => super.createAnswer(...args))
    }

    override setLocalDescription(...args: unknown[]): Promise<unknown> {
      return this.#gate.gather(() => super.setLocalDescription(...args))
    }

    override setRemoteDescription(...args: unknown[]): Promise<unknown> {
      return this.#gate.run(() => super.setRemoteDescription(...args))
    }

    override addIceCandidate(...args: unknown[]): Promise<unknown> {
      return this.#gate.run(() => super.addIceCandidate(...args))
    }

    override setConfiguration(configuration?: ConnectionConfiguration): void {
      super.setConfiguration(complete(configuration))
    }

    override close(): void {
      this.#closed.abort()
      super.close()
    }

    async #prepare(): Promise<void> {
      const result = await waitForServers(provider, serversTimeoutMs, this.#closed.signal)
      if (result === 'timeout') {
        const message = `no ICE servers within ${serversTimeoutMs} ms, so a connection gathers without them`
        emitError(provider, new IceServerError('ERR_TIMEOUT', message))
      }
      if (result !== 'received' || this.signalingState === 'closed') return
      // `attach()` may have left them for later.
      const configuration = super.getConfiguration()
      const iceServers = withServers(configuration.iceServers)
      if (!areSameServers(iceServers, configuration.iceServers ?? []))
        super.setConfiguration({ ...configuration, iceServers })
    }
  }
  Object.defineProperties(PeerConnection, {
    name: { value: parent.name },
    [Symbol.hasInstance]: {
      /** Connections that were created before are instances, as they were before, but not of subclasses. */
      value(this: unknown, value: unknown): boolean {
        if (this === PeerConnection) return value instanceof Parent
        return Function.prototype[Symbol.hasInstance].call(this as () => unknown, value)
      },
    },
  })
  return PeerConnection as unknown as Class
}
