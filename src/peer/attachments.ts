/** All attached connections of a provider. */
import type { AttachableConnection, AttachOptions } from '../attachable-connection.js'
import type { Clock } from '../clock.js'
import type { RTCIceServer } from '../config/ice-server.js'
import { urlKeysOf } from '../config/server-keys.js'
import { assertKnownOptions, assertOption } from '../option-checks.js'
import { Attachment, type AttachmentHandlers } from './attachment.js'
import { RestartQueue, restartGapMs } from './restart-queue.js'

const OWNER = 'attach()'
/** URLs that a provider remembers as its own: those of about a hundred configurations. */
const MAX_ISSUED_KEYS = 1000

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
  #currentKeys: ReadonlySet<string> = new Set()
  /** Of all configurations, oldest first: a connection can be attached long after it was created. */
  #issuedKeys: ReadonlySet<string> = new Set()
  #isRejectionReported = false

  constructor(handlers: Omit<AttachmentHandlers, 'reserveRestartSlot' | 'isCurrentServer'>, clock: Clock) {
    this.#clock = clock
    this.#handlers = {
      ...handlers,
      reserveRestartSlot: () => this.#queue.reserve(clock.monotonicNow()),
      // One rejection is reported for each set of servers.
      onCredentialsRejected: (url, stunCode) => {
        if (this.#isRejectionReported) return
        this.#isRejectionReported = true
        handlers.onCredentialsRejected(url, stunCode)
      },
      isCurrentServer: (key) => this.#currentKeys.has(key),
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
    iceServers: readonly RTCIceServer[] | undefined,
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
    if (iceServers) attachment.applyServers(iceServers, this.#issuedKeys, this.#clock.now())
    let isDetached = false
    return () => {
      if (isDetached) return
      isDetached = true
      attachment.removePolicy(policy)
      if (!attachment.isAttached) this.#attached.delete(attachment)
    }
  }

  /** @param deadline - When the credentials of the previous servers expire, in epoch ms. */
  applyServers(iceServers: readonly RTCIceServer[], deadline: number): void {
    const keys = urlKeysOf(iceServers)
    const haveChanged = [...keys].some((key) => !this.#currentKeys.has(key))
    if (haveChanged) this.#isRejectionReported = false
    this.#currentKeys = keys
    this.#issuedKeys = new Set([...this.#issuedKeys, ...keys].slice(-MAX_ISSUED_KEYS))
    this.#queue.setGap(restartGapMs(deadline - this.#clock.now(), this.openCount))
    for (const attachment of this.#attached) attachment.applyServers(iceServers, this.#issuedKeys, deadline)
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
