import { isSameList, type RTCIceServer } from '../config/ice-server.js'
import { IceServerError } from '../errors.js'

/** What is needed of an `RTCPeerConnection` to keep its servers fresh. */
export type AttachableConnection = Pick<
  RTCPeerConnection,
  'getConfiguration' | 'setConfiguration' | 'signalingState'
>

/** The connections that are kept fresh. One that fails disturbs no other; closed ones are forgotten. */
export class Attachments {
  /** By an own key each, for the same connection may be attached twice. */
  readonly #connections = new Map<symbol, AttachableConnection>()
  readonly #onError: (error: IceServerError) => void

  constructor(onError: (error: IceServerError) => void) {
    this.#onError = onError
  }

  /** How many open ones there are. A closed connection never opens again. */
  get size(): number {
    for (const [key, { signalingState }] of this.#connections) {
      if (signalingState === 'closed') this.#connections.delete(key)
    }
    return this.#connections.size
  }

  /** Returns the way to take the connection out. */
  add(connection: AttachableConnection, iceServers: RTCIceServer[] | undefined): () => void {
    if (typeof connection?.setConfiguration !== 'function') {
      throw new TypeError('IceServerProvider: attach takes an RTCPeerConnection')
    }
    const key = Symbol()
    this.#connections.set(key, connection)
    if (iceServers) this.#applyTo(connection, iceServers)
    return () => this.#connections.delete(key)
  }

  apply(iceServers: RTCIceServer[]): void {
    for (const connection of this.#connections.values()) this.#applyTo(connection, iceServers)
  }

  clear(): void {
    this.#connections.clear()
  }

  #applyTo(connection: AttachableConnection, iceServers: RTCIceServer[]): void {
    if (connection.signalingState === 'closed') return
    try {
      mergeIceServers(connection, iceServers)
    } catch (cause) {
      this.#onError(new IceServerError('ERR_ICE_SERVER', 'a connection refused its configuration', { cause }))
    }
  }
}

/**
 * Gives a connection these servers and leaves the rest of its configuration as it is: a member that
 * `setConfiguration` is not given goes back to its default, which would turn a relay-only connection into
 * one that shows its addresses (W3C webrtc-pc, "set a configuration"). Writes only a real change, for that
 * makes the next offer an ICE restart.
 */
function mergeIceServers(connection: AttachableConnection, iceServers: RTCIceServer[]): void {
  const configuration = connection.getConfiguration()
  if (isSameList(configuration.iceServers ?? [], iceServers)) return
  connection.setConfiguration({ ...configuration, iceServers })
}
