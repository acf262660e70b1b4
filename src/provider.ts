/** The public class: events, calls and attached connections around one configuration that is kept fresh. */
import type { AttachableConnection, AttachOptions } from './attachable-connection.js'
import { createClock } from './clock.js'
import { newWarnings } from './config/compare-configurations.js'
import type { RTCIceServer } from './config/ice-server.js'
import type { IceConfiguration } from './config/read-response.js'
import { copyServers } from './config/server-keys.js'
import { ConfigurationRefresher } from './configuration-refresher.js'
import { createSnapshot } from './diagnostics/create-snapshot.js'
import { withExplanation } from './diagnostics/explain.js'
import './dispose.js' // Its global types are part of those of this module.
import { defineDispose } from './dispose.js'
import { abortedError, closedError, type IceServerError, quotaError, rejectedError } from './errors.js'
import { ProviderEventTarget, type ProviderState } from './events.js'
import {
  type CallOptions,
  type IceServerEndpoint,
  type IceServerProviderOptions,
  type ResolvedOptions,
  resolveOptions,
  type SetResponseOptions,
} from './options.js'
import { Attachments } from './peer/attachments.js'
import type { ProviderSnapshot } from './provider-snapshot.js'
import { ResponseReceiver } from './response-receiver.js'

/**
 * Supplies an application with valid ICE servers: fetches them from the backend, validates them, and refreshes them
 * before they expire. @group Provider
 *
 * @example
 * ```ts
 * const provider = new IceServerProvider('/api/ice-servers')
 * const pc = new RTCPeerConnection({ iceServers: await provider.getIceServers() })
 * const detach = provider.attach(pc)
 * ```
 */
export class IceServerProvider extends ProviderEventTarget {
  /** Closes the provider at the end of a `using` block. */
  declare readonly [Symbol.dispose]: () => void
  readonly #options: ResolvedOptions
  readonly #attachments: Attachments
  readonly #refresher: ConfigurationRefresher
  readonly #receiver: ResponseReceiver

  /**
   * @param endpoint - Where configurations come from. Of a list, an endpoint is requested while those before it are of no use.
   * @throws TypeError with the name of the argument or option that is not valid.
   */
  constructor(
    endpoint: IceServerEndpoint | readonly IceServerEndpoint[],
    options: IceServerProviderOptions = {},
  ) {
    super()
    defineDispose(this, () => this.close())
    this.#options = resolveOptions(endpoint, options)
    const clock = createClock(this.#options.now, this.#options.monotonicNow)
    const onError = (error: IceServerError) => this.emit('error', error)
    this.#attachments = new Attachments(
      {
        onError,
        onRestart: (report) => this.emit('restart', withExplanation(report)),
        onIceStateChange: () => this.#refresher.update(),
        onServersInDoubt: () => void this.#refresher.checkServers(),
        onQuotaReached: (url, stunCode) => this.emit('error', quotaError(url, stunCode)),
        onCredentialsRejected: (url, code) => this.#refresher.handleRejection(rejectedError(url, code)),
      },
      clock,
    )
    this.#refresher = new ConfigurationRefresher(endpoint, this.#options, clock, {
      readDemand: () => ({
        isKeptFresh: this.#isKeptFresh,
        isUrgent: this.#attachments.hasDisconnected,
        isObserved: this.hasListeners(),
      }),
      onBeforePlan: (expired) => {
        this.#attachments.removeClosed()
        this.announceChanges(expired)
      },
      onUpdate: (current, previous, previousExpiresAt) => {
        const afterExpiry = this.#options.afterExpiry ?? current.afterExpiry
        this.#attachments.applyServers(current.iceServers, previousExpiresAt, afterExpiry)
        this.emit('update', current, previous)
        for (const warning of newWarnings(previous, current)) onError(warning)
      },
      onNetworkChange: () => this.#attachments.handleNetworkChange(),
      onFailure: onError,
      onNothingReceived: (error, isAwaited) => this.warnIfUnknown(error, isAwaited),
      onSettled: (attempt) => this.emit('refresh', attempt),
    })
    this.#receiver = new ResponseReceiver(this.#options, clock, this.#refresher, onError)
    this.#receiver.receiveInitial()
    this.#refresher.update()
  }

  /** The configuration, while it is valid. The same object until the next update. */
  get current(): IceConfiguration | undefined {
    return this.#refresher.current
  }

  /** The state: `closed`, `denied`, or the phase of the configuration. */
  override get state(): ProviderState {
    return this.#refresher.state
  }

  /** Whether a request is in flight. */
  get isRefreshing(): boolean {
    return this.#refresher.isRefreshing
  }

  /** When the next request is planned, in epoch ms; `undefined` if none is, or if one is in flight. */
  get nextRefreshAt(): number | undefined {
    return this.#refresher.nextRefreshAt
  }

  /** Why the last refresh failed, or the credentials were rejected; `undefined` after a success. */
  get lastError(): IceServerError | undefined {
    return this.#refresher.lastError
  }

  /**
   * Resolves with the ICE servers for `new RTCPeerConnection({ iceServers })`: immediately while they are valid, otherwise after
   * the next successful fetch. Concurrent calls share one request. Each call returns a list of its own, which may be changed.
   *
   * @throws {@link IceServerError} with any code.
   */
  async getIceServers(options?: CallOptions): Promise<RTCIceServer[]> {
    return copyServers((await this.getConfiguration(options)).iceServers)
  }

  /** Resolves with the configuration: the ICE servers, their expiry, and the dropped URLs. Otherwise like {@link getIceServers}. */
  async getConfiguration({ signal }: CallOptions = {}): Promise<IceConfiguration> {
    this.#assertUsable(signal)
    const { current } = this
    if (!current) return this.#refresher.next('awaited', signal)
    this.#refresher.revalidate()
    return current
  }

  /**
   * Fetches a new configuration, even while the current one is fresh or after a denial. Skips the backoff; respects
   * `minRefreshIntervalMs` and `Retry-After`. Shares a request that is in flight.
   *
   * @throws {@link IceServerError} with any code.
   */
  async refresh({ signal }: CallOptions = {}): Promise<IceConfiguration> {
    this.#assertUsable(signal)
    return this.#refresher.next('forced', signal)
  }

  /**
   * Uses a response that the app received itself, by the same rules as that of a backend: it replaces the current servers,
   * and a request in flight. Lifetimes in seconds start now. A failure is also an `error` event, so the promise may be ignored.
   *
   * @throws {@link IceServerError} if the response is not usable, and `ERR_CLOSED`; TypeError if an argument is not valid.
   *
   * @example
   * ```ts
   * new WebSocket('/signaling').onmessage = ({ data }) => provider.setResponse(JSON.parse(data))
   * ```
   */
  setResponse(response: unknown, options: SetResponseOptions = {}): Promise<IceConfiguration> {
    return this.#receiver.receive(response, options)
  }

  /**
   * Keeps the ICE servers of a connection current: it calls `setConfiguration()` when they change, and by default restarts ICE if the
   * connection is relayed, `disconnected` or `failed`. Your `negotiationneeded` handler then has to send the offer, at any time
   * during the call. The provider refreshes while the connection is open, and detaches it once it is closed. If a connection is
   * attached more than once, the policy that restarts most often applies, and a `restartIce` function performs the restart.
   *
   * @returns a function that detaches the connection.
   * @throws {@link IceServerError} `ERR_CLOSED`; TypeError if an argument is not valid.
   *
   * @example
   * ```ts
   * const detach = provider.attach(pc)
   * // or, if a server creates the offers of your app:
   * const socket = new WebSocket('wss://app.example.org/signaling')
   * provider.attach(pc, { restartIce: () => socket.send('restart-ice') })
   * ```
   */
  attach<Connection extends AttachableConnection>(
    connection: Connection,
    options: AttachOptions<Connection> = {},
  ): () => void {
    this.#assertUsable()
    const detach = this.#attachments.add(connection, options as AttachOptions, this.current?.iceServers)
    this.emit('attach', connection)
    this.#refresher.update()
    return () => {
      detach()
      this.#refresher.update()
    }
  }

  /**
   * Returns the state of the provider and its connections as plain data without credentials and headers, for logs and bug
   * reports: `JSON.stringify(provider.snapshot())`.
   */
  snapshot(): ProviderSnapshot {
    return createSnapshot(this, this.#options.now(), this.#attachments.open)
  }

  /**
   * Closes the provider: aborts the request in flight, stops timers, detaches all connections and removes all listeners.
   * Pending calls reject with `ERR_CLOSED`.
   */
  close(): void {
    if (this.state === 'closed') return
    this.#attachments.detachAll()
    this.#refresher.close()
    this.removeListeners()
  }

  protected override listenersChanged(): void {
    this.#refresher.update()
  }

  get #isKeptFresh(): boolean {
    const hasUsers = this.#attachments.openCount > 0 || this.hasListeners('update')
    return (hasUsers || this.#options.keepFresh === 'always') && this.state !== 'closed'
  }

  #assertUsable(signal?: AbortSignal): void {
    if (this.state === 'closed') throw closedError()
    if (signal?.aborted) throw abortedError(signal)
  }
}
