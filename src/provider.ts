/// <reference lib="esnext.disposable" preserve="true" />
import type { IceConfiguration } from './config/ice-configuration.js'
import { isSameList, type RTCIceServer } from './config/ice-server.js'
import { createDeferred, type Deferred, untilAborted } from './deferred.js'
import { abortedError, closedError, type IceServerError } from './errors.js'
import { ProviderEvents, type ProviderState } from './events.js'
import { fetchConfiguration } from './fetch/fetch-configuration.js'
import {
  type CallOptions,
  type IceServerEndpoint,
  type IceServerProviderOptions,
  type ResolvedOptions,
  resolveOptions,
} from './options.js'
import { type AttachableConnection, Attachments } from './peer/attachments.js'
import { createAlarm } from './refresh/alarm.js'
import { Schedule } from './refresh/schedule.js'

/** The `Date` header has whole seconds, so the same end may be reckoned that much apart. */
const CLOCK_TOLERANCE_MS = 1000

/**
 * Keeps the ICE servers of an app fresh: fetches them from the app's backend, validates them, and replaces
 * them before their credentials end.
 *
 * @example
 * ```ts
 * const provider = new IceServerProvider('/api/ice-servers')
 * const pc = new RTCPeerConnection({ iceServers: await provider.getIceServers() })
 * const detach = provider.attach(pc)
 * ```
 */
export class IceServerProvider extends ProviderEvents {
  readonly #endpoint: IceServerEndpoint
  readonly #options: ResolvedOptions
  readonly #schedule: Schedule
  readonly #setAlarm: ReturnType<typeof createAlarm>
  readonly #attachments = new Attachments((error) => this.emit('error', error))

  #configuration: IceConfiguration | undefined
  #lastError: IceServerError | undefined

  /** The request under way. */
  #request: AbortController | undefined
  /** The next configuration, for those who asked for it. */
  #next: Deferred<IceConfiguration> | undefined
  /** Whether somebody asked for it without regard to what is due. */
  #isForced = false
  #isClosed = false

  /** @throws TypeError naming the argument or option that is wrong. */
  constructor(endpoint: IceServerEndpoint, options: IceServerProviderOptions = {}) {
    super()
    this.#options = resolveOptions(endpoint, options)
    this.#endpoint = endpoint
    this.#schedule = new Schedule(this.#options)
    this.#setAlarm = createAlarm(this.#options.now, (wakeEvent) => {
      if (wakeEvent === 'online') this.#schedule.reconnect()
      this.#check()
    })
    this.#check()
  }

  /** The configuration, if there is one that has not expired. The same object until the next update. */
  get current(): IceConfiguration | undefined {
    return this.#schedule.phase === 'expired' ? undefined : this.#configuration
  }

  /** `denied` means that nothing is tried until `refresh()`; `current` may still be there. */
  override get state(): ProviderState {
    if (this.#isClosed) return 'closed'
    return this.#schedule.isDenied ? 'denied' : this.#schedule.phase
  }

  /** Whether a request is under way. */
  get isRefreshing(): boolean {
    return this.#request !== undefined
  }

  /**
   * The ICE servers, for `new RTCPeerConnection({ iceServers })`: at once while they are valid, else as soon
   * as they are fetched. Any number of callers share one request. The list is frozen: copy it to change it.
   *
   * @throws {@link IceServerError} with any code.
   */
  async getIceServers(options?: CallOptions): Promise<RTCIceServer[]> {
    return (await this.getConfiguration(options)).iceServers
  }

  /** Like {@link getIceServers}, with all that is known of the servers. */
  async getConfiguration({ signal }: CallOptions = {}): Promise<IceConfiguration> {
    this.#guard(signal)
    const { current } = this
    if (!current) return this.#waitForNext(signal, false)
    if (this.#schedule.phase !== 'fresh') this.#askForNext()
    return current
  }

  /**
   * Fetches a new configuration even if the present one is fresh, after a denial, and in spite of the
   * back-off; but not within `minRefreshIntervalMs` or a server's `Retry-After`. A request that is already
   * under way is shared.
   *
   * @throws {@link IceServerError} with any code.
   */
  async refresh({ signal }: CallOptions = {}): Promise<IceConfiguration> {
    this.#guard(signal)
    return this.#waitForNext(signal, true)
  }

  /**
   * Keeps the servers of a connection fresh with `setConfiguration`, and the provider refreshing while the
   * connection is open. The rest of its configuration stays as it is. A closed connection is forgotten.
   *
   * @returns the way to stop.
   * @throws {@link IceServerError} with `ERR_CLOSED`; TypeError if it is not a connection.
   */
  attach(connection: AttachableConnection): () => void {
    this.#guard()
    const detach = this.#attachments.add(connection, this.current?.iceServers)
    this.#check()
    return () => {
      detach()
      this.#check()
    }
  }

  /**
   * Calls back when `current` has changed by itself (not by `close()`); with `current` an external store, as
   * React's `useSyncExternalStore` takes it. Keeps the provider refreshing.
   *
   * @returns the way to stop.
   */
  subscribe(listener: () => void): () => void {
    const onChange = () => listener()
    this.on('update', onChange).on('expired', onChange)
    return () => {
      this.off('update', onChange).off('expired', onChange)
    }
  }

  /** Ends everything: the request under way, timers, attachments, listeners. Callers that wait are refused. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    const error = closedError()
    this.#request?.abort(error)
    this.#next?.reject(error)
    this.#configuration = this.#next = undefined
    this.#attachments.clear()
    this.#check()
    this.removeListeners()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  protected override listenersChanged(): void {
    this.#check()
  }

  #guard(signal?: AbortSignal): void {
    if (this.#isClosed) throw closedError()
    if (signal?.aborted) throw abortedError(signal)
  }

  /** While the next request is far off, the last error is the answer: a caller in a loop melts no backend. */
  #waitForNext(signal: AbortSignal | undefined, isForced: boolean): Promise<IceConfiguration> {
    const isFar =
      this.#schedule.requestAt(isForced || this.#isForced) - this.#options.now() > this.#options.timeoutMs
    if (isFar && this.#lastError && !this.#request) throw this.#lastError
    this.#isForced ||= isForced && !this.#request
    return untilAborted(this.#askForNext(), signal)
  }

  #askForNext(): Promise<IceConfiguration> {
    this.#next ??= createDeferred()
    const { promise } = this.#next
    this.#check()
    return promise
  }

  /** The one place that decides what to do now; called whenever anything may have changed. */
  #check(): void {
    this.announce(this.#schedule.phase === 'expired' ? this.#configuration : undefined)
    const { keepFresh, now } = this.#options
    const isDemanded = keepFresh === 'always' || this.hasListeners('update') || this.#attachments.size > 0
    const isKeptFresh = isDemanded && !this.#isClosed
    const isAwaited = !!this.#next
    const canRequest = (isKeptFresh || isAwaited) && !this.#request
    const requestAt = canRequest ? this.#schedule.requestAt(this.#isForced) : Infinity
    const isDue = now() >= requestAt
    const announceAt = this.#configuration && this.hasListeners() ? this.#schedule.phaseEndsAt : Infinity
    this.#setAlarm(isDue ? announceAt : Math.min(requestAt, announceAt), isAwaited, isKeptFresh)
    if (isDue) this.#startRequest() // last, for it may call the app
  }

  #startRequest(): void {
    this.#request = new AbortController()
    const ownReason = this.#configuration ? 'renewal' : 'initial'
    const reason = this.#isForced ? 'requested' : ownReason
    fetchConfiguration(this.#endpoint, this.#options, this.#request, reason).then(
      (configuration) => this.#adopt(configuration),
      (error: IceServerError) => this.#fail(error),
    )
  }

  #adopt(configuration: IceConfiguration): void {
    if (this.#isClosed) return
    const previous = this.current
    const isNew =
      !previous ||
      Math.abs(previous.expiresAt - configuration.expiresAt) > CLOCK_TOLERANCE_MS ||
      !isSameList(previous.iceServers, configuration.iceServers)
    const current = isNew ? configuration : previous
    this.#schedule.succeed({ fetchedAt: configuration.fetchedAt, expiresAt: current.expiresAt })
    this.#lastError = undefined
    this.#configuration = current
    this.#endRequest()?.resolve(current)
    if (isNew) {
      this.#attachments.apply(configuration.iceServers)
      this.emit('update', configuration, previous)
    }
    this.#check()
  }

  #fail(error: IceServerError): void {
    if (this.#isClosed) return
    this.#schedule.fail(error)
    this.#lastError = error
    this.#endRequest()?.reject(error)
    this.emit('error', error)
    this.#check()
  }

  /** Returns those who asked for the outcome. */
  #endRequest(): Deferred<IceConfiguration> | undefined {
    const next = this.#next
    this.#request = this.#next = undefined
    this.#isForced = false
    return next
  }
}
