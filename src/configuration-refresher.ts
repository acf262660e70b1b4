/** Owns the current configuration, and performs the requests that `refresh/` plans. */
import { rejectOnAbort } from './abortable.js'
import type { Clock } from './clock.js'
import { compareConfigurations } from './config/compare-configurations.js'
import type { IceConfiguration } from './config/read-response.js'
import { canRelay } from './diagnostics/can-relay.js'
import { closedError, type IceServerError, unreachableError } from './errors.js'
import type { ProviderState, RefreshAttempt } from './events.js'
import { EndpointSet } from './fetch/endpoint-set.js'
import { SharedRequest } from './fetch/shared-request.js'
import { openTabChannel, type TabChannel } from './fetch/tab-channel.js'
import type { IceServerEndpoint, ResolvedOptions } from './options.js'
import { isOnline } from './refresh/page-signals.js'
import { RefreshMachine } from './refresh/refresh-machine.js'
import type { RequestUrgency } from './refresh/refresh-state.js'
import { createWakeupTimer, isNetworkSignal, type ScheduleWakeup } from './refresh/wakeup-timer.js'
import { type RefresherHandlers, toRefreshDemand } from './refresher-handlers.js'

/** Keeps one configuration, and the request for the next one. */
export class ConfigurationRefresher {
  readonly #endpoints: EndpointSet
  readonly #options: ResolvedOptions
  readonly #clock: Clock
  readonly #handlers: RefresherHandlers
  readonly #request = new SharedRequest<IceConfiguration>()
  readonly #tabChannel: TabChannel | undefined
  readonly #scheduleWakeup: ScheduleWakeup

  readonly #machine: RefreshMachine
  #configuration: IceConfiguration | undefined
  /** When the newest response was requested. An unchanged response updates this value but not `current`. */
  #fetchedAt: number | undefined
  #lastError: IceServerError | undefined

  constructor(
    endpoints: IceServerEndpoint | readonly IceServerEndpoint[],
    options: ResolvedOptions,
    clock: Clock,
    handlers: RefresherHandlers,
  ) {
    const { onFailure: onFailover } = handlers
    this.#endpoints = new EndpointSet(endpoints, options, { now: clock.now, onFailover, canRelay })
    this.#options = options
    this.#clock = clock
    this.#handlers = handlers
    this.#machine = new RefreshMachine(clock, options)
    this.#tabChannel = openTabChannel(options.shareAcrossTabs, options, {
      onRequest: () => this.#configurationForTabs,
      onConfiguration: (configuration) => this.#applySharedConfiguration(configuration),
    })
    this.#scheduleWakeup = createWakeupTimer(clock.now, (signal) => {
      if (signal === 'online') this.#machine.dispatch({ type: 'online' })
      if (isNetworkSignal(signal)) handlers.onNetworkChange()
      this.update()
    })
  }

  /** The configuration, while it is valid. */
  get current(): IceConfiguration | undefined {
    return this.#machine.isExpired ? undefined : this.#configuration
  }

  get state(): ProviderState {
    return this.#machine.state
  }

  get isRefreshing(): boolean {
    return this.#machine.isRefreshing
  }

  /** When the next request is planned, in epoch ms; `undefined` if none is, or if one is in flight. */
  get nextRefreshAt(): number | undefined {
    const { isWanted, urgency } = toRefreshDemand(this.#handlers.readDemand(), this.#request)
    return isWanted ? this.#machine.requestAt(urgency) : undefined
  }

  /** Why the last refresh failed, or the credentials were rejected; `undefined` after a success. */
  get lastError(): IceServerError | undefined {
    return this.#lastError
  }

  /**
   * Resolves with the next configuration. Rejects with the last error if the next attempt is further away than
   * `timeoutMs`: a caller in a loop causes no requests.
   */
  async next(urgency: RequestUrgency, signal: AbortSignal | undefined): Promise<IceConfiguration> {
    const dueAt = this.#machine.requestAt(this.#request.isForced ? 'forced' : urgency)
    const isFarOff = dueAt === undefined || dueAt - this.#clock.now() > this.#options.timeoutMs
    if (isFarOff && this.#lastError && !this.isRefreshing) throw this.#lastError
    if (urgency === 'forced') this.#request.force()
    return rejectOnAbort(this.#join(), signal)
  }

  /**
   * Applies a configuration that was not requested. It takes the place of a request in flight.
   *
   * @param setBackMs - See {@link Clock.setBackMs}, when the configuration was received.
   */
  receive(configuration: IceConfiguration, setBackMs: number): void {
    this.#tabChannel?.share(configuration)
    this.#applyConfiguration(configuration, setBackMs)
  }

  /** Requests a configuration if a refresh is due. Its caller does not wait for it, so a backoff is not shortened. */
  revalidate(): void {
    this.#clock.sync()
    const dueAt = this.#machine.requestAt(undefined)
    if (dueAt !== undefined && this.#clock.now() >= dueAt) this.update({ isRequestWanted: true })
  }

  /** Tests the TURN servers after a sign that they cannot be reached, if another endpoint can replace them. */
  async checkServers(): Promise<void> {
    const { current } = this
    if (!current || (await this.#endpoints.canRelay(current)) || current !== this.current) return
    this.handleRejection(unreachableError(current.iceServers))
  }

  /**
   * Handles that a TURN server rejected the current credentials, or that none can be reached. Calls that cannot be served
   * reject with the error.
   */
  handleRejection(error: IceServerError): void {
    if (this.#configuration) this.#endpoints.handleUnusableServers(this.#configuration, error)
    this.#machine.dispatch({ type: 'credentials-rejected' })
    this.#lastError = error
    this.#handlers.onFailure(error)
    this.update()
  }

  /** Aborts the request in flight and stops the timer. Pending calls reject with `ERR_CLOSED`. */
  close(): void {
    this.#machine.dispatch({ type: 'closed' })
    this.#configuration = undefined
    this.#request.cancel(closedError())
    this.#tabChannel?.close()
    this.update()
  }

  /**
   * Announces changes of state, schedules the next wakeup, and starts a request if one is due. To be called after every
   * event.
   */
  update({ isRequestWanted = false }: { isRequestWanted?: boolean } = {}): void {
    this.#clock.sync()
    this.#handlers.onBeforePlan(this.#machine.isExpired ? this.#configuration : undefined)

    const users = this.#handlers.readDemand()
    const demand = toRefreshDemand(users, this.#request)
    const isWanted = demand.isWanted || isRequestWanted
    const { requestNow, wakeAt } = this.#machine.plan({ ...demand, isWanted })
    const { hasWaiters } = this.#request
    this.#scheduleWakeup({ at: wakeAt, keepsProcessAlive: hasWaiters, listensForWake: users.isKeptFresh })
    if (requestNow) this.#startRequest() // last, because it may call a function of the app
  }

  /** While the system clock is set back, another tab would compute a later expiry from this configuration. */
  get #configurationForTabs(): IceConfiguration | undefined {
    return this.state === 'fresh' && this.#clock.setBackMs() === 0 ? this.#configuration : undefined
  }

  #join(): Promise<IceConfiguration> {
    const configuration = this.#request.join()
    this.update()
    return configuration
  }

  #startRequest(): void {
    const setBackMs = this.#clock.setBackMs()
    const reason = this.#request.isForced ? 'manual' : this.#configuration ? 'renewal' : 'initial'
    const startedAt = this.#clock.monotonicNow()
    const settle = (outcome: Omit<RefreshAttempt, 'reason' | 'durationMs'>) => {
      this.#handlers.onSettled({ reason, durationMs: this.#clock.monotonicNow() - startedAt, ...outcome })
    }
    this.#machine.dispatch({ type: 'request-started' })
    this.#request.start(
      (controller) => this.#endpoints.fetch(controller, reason),
      (configuration) => {
        this.#tabChannel?.share(configuration)
        const changed = this.#applyConfiguration(configuration, setBackMs)
        settle({ outcome: changed ? 'success' : 'unchanged' })
      },
      (error) => {
        this.#handleFailure(error)
        settle({ outcome: 'failure', error, retryAt: this.nextRefreshAt })
      },
    )
    if (!this.current && this.state !== 'closed') this.#tabChannel?.requestConfiguration()
  }

  /** Applies a newer configuration from another tab, unless `refresh()` is pending: its caller gets the response to its own request. */
  #applySharedConfiguration(configuration: IceConfiguration): void {
    const isNewer = this.#fetchedAt === undefined || configuration.fetchedAt > this.#fetchedAt
    if (isNewer && !this.#request.isForced && this.#clock.setBackMs() === 0) {
      this.#applyConfiguration(configuration, 0)
    }
  }

  /**
   * @param setBackMs - By how much the system clock was set back when the request was sent. The timestamps of the
   * configuration use that clock.
   */
  #applyConfiguration(configuration: IceConfiguration, setBackMs: number): boolean {
    const { current: previous } = this
    const previousExpiresAt = this.#configuration && this.#configuration.expiresAt - this.#clock.setBackMs()
    const { current, serversChanged, changed } = compareConfigurations(previous, configuration)
    this.#clock.acceptSystemClock(setBackMs)
    this.#fetchedAt = configuration.fetchedAt
    const lifetime = { fetchedAt: configuration.fetchedAt, expiresAt: current.expiresAt }
    this.#machine.dispatch({ type: 'configuration-received', lifetime, serversChanged })
    this.#lastError = undefined
    this.#configuration = current
    this.#request.resolve(current)
    if (changed) this.#handlers.onUpdate(current, previous, previousExpiresAt)
    this.update()
    return changed
  }

  #handleFailure(error: IceServerError): void {
    const { code, fatal, retryAfterMs } = error
    const stop = code === 'ERR_DENIED' ? 'denied' : fatal ? 'stopped' : undefined
    const isOffline = this.#handlers.readDemand().isKeptFresh && !isOnline()
    this.#machine.dispatch({ type: 'request-failed', stop, retryAfterMs, isOffline })
    this.#lastError = error
    if (this.#fetchedAt === undefined) this.#handlers.onNothingReceived(error, this.#request.hasWaiters)
    this.#request.reject(error)
    this.#handlers.onFailure(error)
    this.update()
  }
}
