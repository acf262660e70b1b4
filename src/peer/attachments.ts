import { isSameList, type RTCIceServer } from '../config/ice-server.js'
import { IceServerError } from '../errors.js'

/** What is needed of an `RTCPeerConnection` to keep its servers fresh. Written out, so as to need no DOM types. */
export interface AttachableConnection {
  readonly signalingState: string
  getConfiguration(): { iceServers?: RTCIceServer[] }
  setConfiguration(configuration: { iceServers: RTCIceServer[] }): void
}

/** The connections that are kept fresh. One that fails disturbs no other; closed ones are forgotten. */
export class Attachments {
  /** Each in a box of its own, for the same connection may be attached twice. */
  readonly #boxes = new Set<{ readonly connection: AttachableConnection }>()
  readonly #onError: (error: IceServerError) => void

  constructor(onError: (error: IceServerError) => void) {
    this.#onError = onError
  }

  /** How many open ones there are. */
  get size(): number {
    for (const box of this.#boxes) if (isClosed(box.connection)) this.#boxes.delete(box)
    return this.#boxes.size
  }

  /** Returns the way to take the connection out. */
  add(connection: AttachableConnection, iceServers: RTCIceServer[] | undefined): () => void {
    if (!connection?.setConfiguration) {
      throw new TypeError('IceServerProvider: connection must be an RTCPeerConnection')
    }
    const box = { connection }
    this.#boxes.add(box)
    if (iceServers) this.#applyTo(connection, iceServers)
    return () => this.#boxes.delete(box)
  }

  apply(iceServers: RTCIceServer[]): void {
    for (const { connection } of this.#boxes) this.#applyTo(connection, iceServers)
  }

  clear(): void {
    this.#boxes.clear()
  }

  #applyTo(connection: AttachableConnection, iceServers: RTCIceServer[]): void {
    if (isClosed(connection)) return
    try {
      mergeIceServers(connection, iceServers)
    } catch (cause) {
      this.#onError(new IceServerError('ERR_ICE_SERVER', 'a connection refused its configuration', { cause }))
    }
  }
}

/** A closed connection never opens again. */
function isClosed({ signalingState }: AttachableConnection): boolean {
  return signalingState === 'closed'
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
