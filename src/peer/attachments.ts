/** All attached connections of a provider. */
import type { AttachableConnection, AttachOptions } from '../attachable-connection.js'
import type { Clock } from '../clock.js'
import type { AfterExpiry } from '../config/after-expiry.js'
import type { RTCIceServer } from '../config/ice-server.js'
import { turnAddressesOf, urlKeysOf } from '../config/server-keys.js'
import { assertOption } from '../option-checks.js'
import type { ConnectionRestart } from '../provider-snapshot.js'
import { Attachment } from './attachment.js'
import type { AttachmentHandlers } from './attachment-handlers.js'
import { resolveAttachOptions } from './resolve-attach-options.js'
import { RestartQueue, restartGapMs } from './restart-queue.js'

const OWNER = 'attach()'
/** Configurations that a provider remembers as its own: a connection can be attached long after it was created. */
const MAX_ISSUED_CONFIGURATIONS = 20

/** What the provider handles. */
export type ProviderHandlers = Pick<
  AttachmentHandlers,
  | 'onError'
  | 'onRestart'
  | 'onIceStateChange'
  | 'onServersInDoubt'
  | 'onCredentialsRejected'
  | 'onQuotaReached'
>

/** The connections that are kept current. An error of one does not affect the others. */
export class Attachments {
  /** One for each connection, however often it is attached. */
  readonly #attached = new Set<Attachment>()
  /** Also of detached connections, which may be attached again. */
  readonly #known = new WeakMap<AttachableConnection, Attachment>()
  readonly #handlers: AttachmentHandlers
  readonly #clock: Clock
  readonly #queue = new RestartQueue()
  /** The servers of the latest configurations, oldest first. */
  #issued: readonly (readonly RTCIceServer[])[] = []
  #isRejectionReported = false
  #isQuotaReported = false
  #afterExpiry: AfterExpiry | undefined
  /** A server that has dropped an allocation does so again, whatever the backend or an option says. */
  #hasDropped = false

  constructor(handlers: ProviderHandlers, clock: Clock) {
    this.#clock = clock
    this.#handlers = {
      ...handlers,
      onIceStateChange: () => {
        if (this.hasDisconnected) handlers.onServersInDoubt()
        handlers.onIceStateChange()
      },
      reserveRestartSlot: () => this.#queue.reserve(clock.monotonicNow()),
      // One rejection and one reached quota are reported for each set of servers.
      onCredentialsRejected: (url, stunCode) => {
        if (this.#isRejectionReported) return
        this.#isRejectionReported = true
        handlers.onCredentialsRejected(url, stunCode)
      },
      onQuotaReached: (url, stunCode) => {
        if (this.#isQuotaReported) return
        this.#isQuotaReported = true
        handlers.onQuotaReached(url, stunCode)
      },
      onDropped: () => {
        this.#hasDropped = true
        for (const attachment of this.#attached) attachment.check()
      },
      afterExpiryOf: (options) => {
        if (this.#hasDropped || options.includes('drop')) return 'drop'
        return options.includes('keep') ? 'keep' : this.#afterExpiry
      },
      isCurrentServer: (key) => urlKeysOf(this.#currentServers).has(key),
    }
  }

  /** The open connections, for a snapshot of the provider. */
  get open(): readonly ConnectionRestart[] {
    return [...this.#attached].filter(({ isClosed }) => !isClosed).map(({ restart }) => restart)
  }

  /** The number of open connections. */
  get openCount(): number {
    return this.open.length
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
    const resolved = resolveAttachOptions(OWNER, options)

    const attachment = this.#known.get(connection) ?? new Attachment(connection, this.#handlers, this.#clock)
    this.#known.set(connection, attachment)
    this.#attached.add(attachment)
    attachment.addOptions(resolved)
    if (iceServers) {
      const deadline = undefined
      attachment.applyServers({ iceServers, issuedKeys: this.#issuedKeys, deadline, isEvacuation: false })
    }
    return () => {
      attachment.removeOptions(resolved)
      if (!attachment.isAttached) this.#attached.delete(attachment)
    }
  }

  /** @param deadline - When the credentials of the previous servers expire, in epoch ms; `undefined` without any. */
  applyServers(
    iceServers: readonly RTCIceServer[],
    deadline: number | undefined,
    afterExpiry: AfterExpiry | undefined,
  ): void {
    // Without servers an ICE restart would end a relayed call, which otherwise goes on until its credentials expire.
    if (iceServers.length === 0) return
    this.#afterExpiry = afterExpiry
    const previous = this.#currentServers
    this.#issued = [...this.#issued, iceServers].slice(-MAX_ISSUED_CONFIGURATIONS)
    if (this.#isRejectionReported || this.#isQuotaReported) {
      const previousKeys = urlKeysOf(previous)
      const haveChanged = [...urlKeysOf(iceServers)].some((key) => !previousKeys.has(key))
      if (haveChanged) this.#isRejectionReported = this.#isQuotaReported = false
    }
    const now = this.#clock.now()
    this.#queue.setGap(restartGapMs((deadline ?? now) - now, this.openCount))
    if (this.#attached.size === 0) return // Saves the time in which the first configuration of a page arrives.
    const turnAddresses = turnAddressesOf(iceServers)
    const isEvacuation = [...turnAddressesOf(previous)].some((address) => !turnAddresses.has(address))
    const servers = { iceServers, issuedKeys: this.#issuedKeys, deadline, isEvacuation }
    for (const attachment of this.#attached) attachment.applyServers(servers)
  }

  get #currentServers(): readonly RTCIceServer[] {
    return this.#issued[this.#issued.length - 1] ?? []
  }

  get #issuedKeys(): ReadonlySet<string> {
    return urlKeysOf(this.#issued.flat())
  }

  /** Handles that the network may have changed. */
  handleNetworkChange(): void {
    for (const attachment of this.#attached) attachment.handleNetworkChange()
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
