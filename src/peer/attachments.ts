import type { AttachableConnection, AttachOptions } from '../attachable-connection.js'
import { areSameServers, type RTCIceServer } from '../config/ice-server.js'
import { Attachment, type AttachmentHooks, type Trace } from './attachment.js'

/** Restarts of several connections are that far apart, or closer together if time presses. */
const MAX_GAP_MS = 500
const MIN_GAP_MS = 50

/** The connections that are kept fresh. One that fails disturbs no other; closed ones are forgotten. */
export class Attachments {
  /** The same connection may be attached twice. */
  readonly #attachments = new Set<Attachment>()
  readonly #traces = new WeakMap<AttachableConnection, Trace>()
  readonly #hooks: AttachmentHooks
  #gapMs = MIN_GAP_MS
  #nextRestartAt = -Infinity
  /** The newest servers, until one of them refuses its credentials. */
  #unrefused: RTCIceServer[] = []

  /** Of the newest servers, one refusal tells enough, whichever connection met it; of older ones, none is told. */
  constructor(hooks: Omit<AttachmentHooks, 'reserveRestart'>) {
    this.#hooks = {
      ...hooks,
      reserveRestart: () => {
        const at = Math.max(this.#nextRestartAt, performance.now())
        this.#nextRestartAt = at + this.#gapMs
        return at
      },
      onCredentialsRejected: (url, iceServers) => {
        if (!areSameServers(iceServers, this.#unrefused)) return
        this.#unrefused = []
        hooks.onCredentialsRejected(url, iceServers)
      },
    }
  }

  /** How many open ones there are. */
  get size(): number {
    for (const attachment of this.#attachments) if (attachment.isClosed) this.#remove(attachment)
    return this.#attachments.size
  }

  /** Whether one has lost its other end, and new servers may bring it back. */
  get hasDisconnected(): boolean {
    return [...this.#attachments].some(({ isDisconnected }) => isDisconnected)
  }

  /**
   * Returns the way to take the connection out.
   *
   * @param iceServers - What to give it now. How long the ones live that it has is not known.
   */
  add(
    connection: AttachableConnection,
    options: AttachOptions,
    iceServers: RTCIceServer[] | undefined,
  ): () => void {
    if (!connection?.setConfiguration) {
      throw new TypeError('IceServerProvider: connection must be an RTCPeerConnection')
    }
    const { restartIce = 'relayed' } = options
    if (typeof restartIce !== 'function' && !/^(relayed|always|never)$/.test(restartIce)) {
      throw new TypeError("IceServerProvider: restartIce must be 'relayed', 'always', 'never' or a function")
    }
    const trace = this.#traces.get(connection) ?? { deadline: 0, hasRestarted: false, appliedAt: -Infinity }
    this.#traces.set(connection, trace)
    const attachment = new Attachment(connection, trace, restartIce, this.#hooks)
    this.#attachments.add(attachment)
    if (iceServers) attachment.apply(iceServers, Date.now())
    return () => this.#remove(attachment)
  }

  /** @param deadline - When the credentials before these end, or ended; with `now`, epoch ms. */
  apply(iceServers: RTCIceServer[], deadline: number, now: number): void {
    this.#unrefused = iceServers
    const evenGapMs = (deadline - now) / 2 / this.size
    this.#gapMs = Math.min(Math.max(evenGapMs, MIN_GAP_MS), MAX_GAP_MS)
    for (const attachment of this.#attachments) attachment.apply(iceServers, deadline)
  }

  clear(): void {
    for (const attachment of this.#attachments) this.#remove(attachment)
  }

  #remove(attachment: Attachment): void {
    attachment.close()
    this.#attachments.delete(attachment)
  }
}
