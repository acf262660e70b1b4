/// <reference lib="esnext.disposable" preserve="true" />

import { rejectOnAbort } from './abortable.js'
import type { AttachableConnection, AttachOptions } from './attachable-connection.js'
import { type Clock, createClock } from './clock.js'
import { areSameServers, type RTCIceServer } from './config/ice-server.js'
import { hasSameExpiry, type IceConfiguration } from './config/read-response.js'
import { abortedError, closedError, IceServerError } from './errors.js'
import { ProviderEventTarget, type ProviderState } from './events.js'
import { fetchConfiguration } from './fetch/request-response.js'
import { SharedRequest } from './fetch/shared-request.js'
import { openTabChannel, type TabChannel } from './fetch/tab-channel.js'
import {
  type CallOptions,
  type IceServerEndpoint,
  type IceServerProviderOptions,
  type ResolvedOptions,
  resolveOptions,
} from './options.js'
import { Attachments } from './peer/attachments.js'
import { Schedule } from './refresh/refresh-state.js'
import { createAlarm } from './refresh/wakeup-timer.js'

/**
 * Keeps the ICE servers of an app fresh: fetches them from its backend, validates them, replaces them in time.
 *
 * @example
 * ```ts
 * const provider = new IceServerProvider('/api/ice-servers')
 * const pc = new RTCPeerConnection({ iceServers: await provider.getIceServers() })
 * const detach = provider.attach(pc)
 * ```
 */
export class IceServerProvider extends ProviderEventTarget {
  readonly #endpoint: IceServerEndpoint
  readonly #options: ResolvedOptions
  readonly #clock: Clock
  readonly #schedule: Schedule
  readonly #setAlarm: ReturnType<typeof createAlarm>
  readonly #tabs: TabChannel | undefined
  readonly #flight = new SharedRequest<IceConfiguration>()
  readonly #attachments = new Attachments({
    onError: (error) => this.emit('error', error),
    onChange: () => this.#check(),
    onCredentialsRejected: (url) => this.#heedRefusal(url),
  })

  #configuration: IceConfiguration | undefined
  /** Of the newest answer, which may have been the same as the one before. */
  #fetchedAt = 0
  #lastError: IceServerError | undefined
  #isClosed = false

  /** @throws TypeError naming the argument or option that is wrong. */
  constructor(endpoint: IceServerEndpoint, options: IceServerProviderOptions = {}) {
    super()
    this.#options = resolveOptions(endpoint, options)
    this.#endpoint = endpoint
    const { now, monotonicNow, shareAcrossTabs } = this.#options
    this.#clock = createClock(now, monotonicNow)
    this.#schedule = new Schedule({ ...this.#options, now: this.#clock.now })
    this.#tabs = openTabChannel(shareAcrossTabs, this.#options, {
      // By a clock that was put back, another tab would take it to live longer.
      onAsk: () =>
        this.#schedule.phase === 'fresh' && !this.#clock.setBackMs ? this.#configuration : undefined,
      onConfiguration: (configuration) => this.#adoptShared(configuration),
    })
    this.#setAlarm = createAlarm(this.#clock.now, (wakeEvent) => {
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
    return this.#flight.isInFlight
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
   * under way is shared. Rejects as {@link getIceServers} does.
   */
  async refresh({ signal }: CallOptions = {}): Promise<IceConfiguration> {
    this.#guard(signal)
    return this.#waitForNext(signal, true)
  }

  /**
   * Keeps the servers of a connection fresh, leaves the rest of its configuration as it is, and restarts ICE where
   * that takes it. Keeps the provider refreshing while the connection is open; a closed one is forgotten.
   *
   * @returns the way to stop.
   * @throws {@link IceServerError} with `ERR_CLOSED`; TypeError if it is not a connection.
   */
  attach<Connection extends AttachableConnection>(
    connection: Connection,
    options: AttachOptions<Connection> = {},
  ): () => void {
    this.#guard()
    const detach = this.#attachments.add(connection, options as AttachOptions, this.current?.iceServers)
    this.#check()
    return () => {
      detach()
      this.#check()
    }
  }

  /** Ends everything: the request under way, timers, attachments, listeners. Callers that wait are refused. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#flight.end(closedError())?.reject(closedError())
    this.#configuration = undefined
    this.#attachments.clear()
    this.#tabs?.close()
    this.#check()
    this.removeListeners()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  protected override listenersChanged(): void {
    this.#check()
  }

  get #isKeptFresh(): boolean {
    const hasUsers = this.#attachments.size > 0 || this.hasListeners('update')
    return (hasUsers || this.#options.keepFresh === 'always') && !this.#isClosed
  }

  #guard(signal?: AbortSignal): void {
    if (this.#isClosed) throw closedError()
    if (signal?.aborted) throw abortedError(signal)
  }

  /** While the next request is far off, the last error is the answer: a caller in a loop melts no backend. */
  #waitForNext(signal: AbortSignal | undefined, isForced: boolean): Promise<IceConfiguration> {
    const requestAt = this.#schedule.requestAt(isForced || this.#flight.isForced ? 'forced' : 'awaited')
    const waitMs = requestAt - this.#clock.now()
    if (waitMs > this.#options.timeoutMs && this.#lastError && !this.isRefreshing) throw this.#lastError
    if (isForced) this.#flight.force()
    return rejectOnAbort(this.#askForNext(), signal)
  }

  #askForNext(): Promise<IceConfiguration> {
    const outcome = this.#flight.outcome()
    this.#check()
    return outcome
  }

  /** The one place that decides what to do now; called whenever anything may have changed. */
  #check(): void {
    this.announce(this.#schedule.phase === 'expired' ? this.#configuration : undefined)
    const isKeptFresh = this.#isKeptFresh
    const { hasWaiters, isForced, isInFlight } = this.#flight
    const demand = isForced
      ? 'forced'
      : hasWaiters || this.#attachments.hasDisconnected
        ? 'awaited'
        : undefined
    const canRequest = (isKeptFresh || hasWaiters) && !isInFlight
    const requestAt = canRequest ? this.#schedule.requestAt(demand) : Infinity
    const isDue = this.#clock.now() >= requestAt
    const announceAt = this.#configuration && this.hasListeners() ? this.#schedule.phaseEndsAt : Infinity
    this.#setAlarm(isDue ? announceAt : Math.min(requestAt, announceAt), hasWaiters, isKeptFresh)
    if (isDue) this.#startRequest() // last, for it may call the app
  }

  #startRequest(): void {
    const { setBackMs } = this.#clock
    const reason = this.#flight.isForced ? 'requested' : this.#configuration ? 'renewal' : 'initial'
    this.#flight.start(
      (controller) => fetchConfiguration(this.#endpoint, this.#options, controller, reason),
      (configuration) => {
        this.#tabs?.share(configuration)
        this.#adopt(configuration, setBackMs)
      },
      (error) => this.#fail(error),
    )
    if (!this.current && !this.#isClosed) this.#tabs?.ask()
  }

  /** Takes what another tab fetched, if it is newer; but who asked for a request gets its answer. */
  #adoptShared(configuration: IceConfiguration): void {
    const isNewer = configuration.fetchedAt > this.#fetchedAt
    if (isNewer && !this.#flight.isForced && this.#clock.setBackMs === 0) this.#adopt(configuration, 0)
  }

  /** @param setBackMs - How far the wall clock, by which the configuration is reckoned, had been put back by then. */
  #adopt(configuration: IceConfiguration, setBackMs: number): void {
    const { current: previous } = this
    const previousEnd = (this.#configuration?.expiresAt ?? configuration.fetchedAt) - this.#clock.setBackMs
    const hasOtherServers = !previous || !areSameServers(previous.iceServers, configuration.iceServers)
    const isNew = hasOtherServers || !hasSameExpiry(previous, configuration)
    const current = isNew ? configuration : previous
    this.#clock.forget(setBackMs)
    this.#fetchedAt = configuration.fetchedAt
    this.#schedule.succeed({ fetchedAt: this.#fetchedAt, expiresAt: current.expiresAt }, hasOtherServers)
    this.#lastError = undefined
    this.#configuration = current
    this.#flight.end()?.resolve(current)
    if (isNew) {
      this.#attachments.apply(configuration.iceServers, previousEnd, this.#options.now())
      this.emit('update', configuration, previous)
    }
    this.#check()
  }

  #fail(error: IceServerError): void {
    this.#schedule.fail(error, this.#isKeptFresh && globalThis.navigator?.onLine === false)
    this.#lastError = error
    this.#flight.end()?.reject(error)
    this.emit('error', error)
    this.#check()
  }

  #heedRefusal(url: string): void {
    this.#schedule.refuse()
    this.emit('error', new IceServerError('ERR_ICE_SERVER', `${url} refused its credentials`))
    this.#check()
  }
}
