/** All attached connections of a provider. */
import type { AttachableConnection, AttachOptions } from '../attachable-connection.js'
import type { Clock } from '../clock.js'
import { areSameServers, type RTCIceServer } from '../config/ice-server.js'
import { assertKnownOptions, assertOption } from '../option-checks.js'
import { Attachment, type AttachmentHandlers } from './attachment.js'
import { RestartQueue, restartGapMs } from './restart-queue.js'

const OWNER = 'attach()'
const POLICIES = ['relayed', 'always', 'never']

/** The connections that are kept current. An error of one does not affect the others. */
export class Attachments {
  /** One for each connection, however often it is attached. */
  readonly #attached = new Set<Attachment>()
  /** Also of detached connections, which may be attached again. */
  readonly #known = new WeakMap<AttachableConnection, Attachment>()
  readonly #handlers: AttachmentHandlers
  readonly #clock: Clock
  readonly #queue = new RestartQueue()
  #currentServers: readonly RTCIceServer[] | undefined
  #isRejectionReported = false

  constructor(handlers: Omit<AttachmentHandlers, 'reserveRestartSlot'>, clock: Clock) {
    this.#clock = clock
    this.#handlers = {
      ...handlers,
      reserveRestartSlot: () => this.#queue.reserve(clock.monotonicNow()),
      // One rejection is reported for each set of servers. Rejections of replaced servers are ignored.
      onCredentialsRejected: (rejection) => {
        const areCurrent = this.#currentServers && areSameServers(rejection.iceServers, this.#currentServers)
        if (!areCurrent || this.#isRejectionReported) return
        this.#isRejectionReported = true
        handlers.onCredentialsRejected(rejection)
      },
    }
  }

  /** The number of open connections. */
  get openCount(): number {
    return [...this.#attached].filter(({ isClosed }) => !isClosed).length
  }

  /** Whether an open connection is `disconnected` or `failed` and may need fresh servers. */
  get hasDisconnected(): boolean {
    return [...this.#attached].some(({ isClosed, isDisconnected }) => isDisconnected && !isClosed)
  }

  /**
   * Attaches a connection.
   *
   * @param iceServers - The current servers. The expiry of the servers that they replace is unknown.
   * @returns a function that detaches it, unless it is attached by another call as well.
   * @throws TypeError if an argument is not valid.
   */
  add(
    connection: AttachableConnection,
    options: AttachOptions,
    iceServers: RTCIceServer[] | undefined,
  ): () => void {
    const isConnection = typeof connection?.setConfiguration === 'function'
    assertOption(isConnection, OWNER, 'connection', 'an RTCPeerConnection', connection)
    assertKnownOptions(OWNER, options, ['restartIce'])
    const { restartIce: policy = 'relayed' } = options
    const isPolicy = typeof policy === 'function' || POLICIES.includes(policy)
    assertOption(isPolicy, OWNER, 'restartIce', "'relayed', 'always', 'never' or a function", policy)

    const attachment = this.#known.get(connection) ?? new Attachment(connection, this.#handlers, this.#clock)
    this.#known.set(connection, attachment)
    this.#attached.add(attachment)
    attachment.addPolicy(policy)
    if (iceServers) attachment.applyServers(iceServers, this.#clock.now())
    let isDetached = false
    return () => {
      if (isDetached) return
      isDetached = true
      attachment.removePolicy(policy)
      if (!attachment.isAttached) this.#attached.delete(attachment)
    }
  }

  /** @param deadline - When the credentials of the previous servers expire, in epoch ms. */
  applyServers(iceServers: RTCIceServer[], deadline: number): void {
    if (!this.#currentServers || !areSameServers(iceServers, this.#currentServers)) {
      this.#isRejectionReported = false
    }
    this.#currentServers = iceServers
    this.#queue.setGap(restartGapMs(deadline - this.#clock.now(), this.openCount))
    for (const attachment of this.#attached) attachment.applyServers(iceServers, deadline)
  }

  /** Forgets closed connections. They never open again. */
  removeClosed(): void {
    for (const attachment of this.#attached) if (attachment.isClosed) this.#detach(attachment)
  }

  detachAll(): void {
    for (const attachment of this.#attached) this.#detach(attachment)
  }

  #detach(attachment: Attachment): void {
    attachment.detach()
    this.#attached.delete(attachment)
  }
}
