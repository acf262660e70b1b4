/** One attached connection: observes it, and performs the effects of its restart state. */
import type { AttachableConnection } from '../attachable-connection.js'
import type { Clock } from '../clock.js'
import type { AfterExpiry } from '../config/after-expiry.js'
import type { IceServerError } from '../errors.js'
import { isDisconnected } from '../ice-states.js'
import type { ConnectionRestart } from '../provider-snapshot.js'
import { readSafely } from '../read-safely.js'
import { AttachedOptions } from './attached-options.js'
import type { AttachmentHandlers, ResolvedAttachOptions } from './attachment-handlers.js'
import { ConfigurationAccess } from './connection-configuration.js'
import { type ConnectionEvent, observeConnection } from './connection-observer.js'
import { readDescription, readSnapshot } from './connection-snapshot.js'
import { NETWORK_POLL_MS, NetworkWatch } from './network-watch.js'
import { mayDeferServers, restartCauseOf, restoresConnections, SETTLE_POLL_MS } from './restart-policy.js'
import { INITIAL_RESTART_RECORD, withoutRequest } from './restart-record.js'
import { RestartRunner, type RestartToRun } from './restart-runner.js'
import { nextRestartState, type RestartEffect, type RestartEvent } from './restart-state.js'
import { type ServersToWrite, ServerWriter } from './server-writer.js'

/** When a requested restart is checked first, unless an event comes before. */
const FIRST_CHECK_MS = 1000

/** One connection, however often it is attached. Its restart state is kept while it is detached. */
export class Attachment {
  readonly #connection: AttachableConnection
  readonly #handlers: AttachmentHandlers
  readonly #clock: Clock
  readonly #options = new AttachedOptions()
  readonly #configuration: ConfigurationAccess
  #record = INITIAL_RESTART_RECORD
  readonly #runner: RestartRunner
  readonly #writer: ServerWriter
  readonly #network = new NetworkWatch()
  #snapshot: RestartToRun['snapshot']
  #timer: ReturnType<typeof setTimeout> | undefined
  #stopObserving: (() => void) | undefined

  constructor(connection: AttachableConnection, handlers: AttachmentHandlers, clock: Clock) {
    this.#connection = connection
    this.#handlers = handlers
    this.#clock = clock
    this.#configuration = new ConfigurationAccess(connection)
    this.#runner = new RestartRunner(connection, this.#configuration, clock, handlers)
    this.#writer = new ServerWriter(connection, this.#configuration, (error) => handlers.onError(error))
  }

  get isClosed(): boolean {
    return readSafely(() => this.#connection.signalingState === 'closed', true)
  }

  get isDisconnected(): boolean {
    return readSafely(() => isDisconnected(this.#connection.iceConnectionState), false)
  }

  get isAttached(): boolean {
    return !this.#options.isEmpty
  }

  /** Attaches the connection once more. */
  addOptions(options: ResolvedAttachOptions): void {
    this.#options.add(options)
    this.#configuration.remember(options.configuration)
    this.#stopObserving ??= observeConnection(this.#connection, (event) => this.#onEvent(event))
    if (options.inBand) this.#runner.negotiateInBand(options.inBand === 'always')
  }

  /** Removes these options. Without any, the connection is detached. */
  removeOptions(options: ResolvedAttachOptions): void {
    this.#options.remove(options)
    if (!this.isAttached) this.detach()
  }

  detach(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#options.clear()
    this.#stopObserving?.()
    this.#stopObserving = undefined
    this.#runner.stop()
    this.#writer.discard()
    this.#network.stop()
    this.#record = withoutRequest(this.#record)
  }

  /** The connection and the state of its restart, for a snapshot of the provider. */
  get restart(): ConnectionRestart {
    return { connection: this.#connection, restart: this.#record.state.name }
  }

  /** Reads the connection and restarts ICE if that is needed. */
  check(): void {
    this.#dispatch({ type: 'ice-state-changed' })
  }

  /** Handles that the network may have changed: whatever the connection receives from now on shows whether it still works. */
  handleNetworkChange(): void {
    if (!restoresConnections(this.#options.condition)) return
    this.#network.start(this.#clock.monotonicNow())
    if (this.#network.isWatching) this.#checkAfter(0)
  }

  /** Writes the servers, and plans an ICE restart if one is needed. */
  applyServers(servers: ServersToWrite): void {
    if (this.isClosed) return
    const changed = this.#writer.write(servers, this.#mayDefer(servers))
    if (changed) this.#runner.handleNewServers()
    this.#dispatchServersWritten(servers, changed)
  }

  #onEvent(event: ConnectionEvent): void {
    // Errors of the application's own servers, and late errors of servers that have been replaced, are not reported.
    if ('url' in event && !this.#configuration.hasServer(event.url, this.#handlers.isCurrentServer)) return
    switch (event.type) {
      case 'ice-state-changed':
        this.#dispatch(event)
        this.#handlers.onIceStateChange()
        break
      case 'signaling-state-changed': {
        const description = readDescription(this.#connection)
        this.#runner.handleSignaling(description)
        this.#dispatch({ ...event, ...description })
        this.#writer.handleSignaling()
        if (this.#runner.isFollowing || this.#writer.isDue) this.#checkAfter(SETTLE_POLL_MS)
        break
      }
      case 'quota-reached':
        this.#runner.handleQuota(event.url)
        this.#handlers.onQuotaReached(event.url, event.stunCode)
        break
      case 'credentials-rejected':
        this.#dispatch(event)
        break
      case 'server-unreachable':
        this.#handlers.onServersInDoubt()
    }
  }

  #dispatch(event: RestartEvent): void {
    const now = this.#clock.now()
    const monotonicNow = this.#clock.monotonicNow()
    const afterExpiry = this.#afterExpiry
    const hasOutlivedCredentials = afterExpiry === undefined && this.#writer.hasOutlivedCredentials(now)
    const condition = this.#runner.limit(this.#options.condition)
    const { isCutOff } = this.#network
    const context = { now, monotonicNow, condition, afterExpiry, hasOutlivedCredentials, isCutOff }
    const { areCredentialsRejected } = this.#record
    const [record, ...effects] = nextRestartState(this.#record, event, context)
    this.#record = record
    for (const effect of effects) this.#perform(effect, areCredentialsRejected)
  }

  #perform(effect: RestartEffect, wereCredentialsRejected: boolean): void {
    switch (effect.type) {
      case 'check':
        this.#checkAfter(effect.delayMs)
        break
      case 'reserve-slot':
        this.#dispatch({ type: 'slot-reserved', restartAt: this.#handlers.reserveRestartSlot() })
        break
      case 'report-drop':
        this.#handlers.onDropped()
        break
      case 'request-restart':
        void this.#requestRestart(effect.deadline, wereCredentialsRejected)
        if (!this.#timer) this.#checkAfter(FIRST_CHECK_MS)
        break
      case 'report-rejection':
        this.#handlers.onCredentialsRejected(effect.url, effect.stunCode)
    }
  }

  #checkAfter(delayMs: number): void {
    if (!this.isAttached) return
    clearTimeout(this.#timer)
    const timer = setTimeout(async () => {
      const snapshot = await readSnapshot(this.#connection)
      const isSuperseded = timer !== this.#timer
      if (isSuperseded || this.isClosed) return
      this.#timer = undefined
      this.#snapshot = snapshot
      this.#network.observe(snapshot, this.#clock.monotonicNow())
      this.#dispatch({ type: 'checked', snapshot })
      const { checkAfterMs, requestBefore } = this.#runner.follow(this.#record.state.name, snapshot)
      const servers = this.#runner.isFollowing ? undefined : this.#writer.takeDue()
      if (servers) this.#dispatchServersWritten(servers, true)
      if (requestBefore !== undefined) this.#dispatch({ type: 'not-moved', deadline: requestBefore })
      else if (checkAfterMs !== undefined && !this.#timer) this.#checkAfter(checkAfterMs)
      if (this.#network.isWatching && !this.#timer) this.#checkAfter(NETWORK_POLL_MS)
    }, delayMs)
    this.#timer = timer
  }

  get #afterExpiry(): AfterExpiry | undefined {
    return this.#handlers.afterExpiryOf(this.#options.afterExpiry)
  }

  async #requestRestart(deadline: number, wereCredentialsRejected: boolean): Promise<void> {
    const { state } = this.#record
    const isRetry = 'pending' in state && state.pending.failedAttempts > 0
    const cause = restartCauseOf(this.isDisconnected, this.#network.isCutOff, wereCredentialsRejected)
    const restart = this.#options.restartFunction
    this.#network.handleRestart(this.#clock.monotonicNow())
    // Nothing is gathered with credentials that have expired.
    const isForced = cause === 'lost' || cause === 'network'
    this.#writer.writeDeferred(isForced || this.#writer.hasOutlivedCredentials(this.#clock.now()))
    this.#writer.keepTurnUrl(this.#runner.quotaUrl)
    try {
      await this.#runner.request({ cause, deadline, isRetry, restart, snapshot: this.#snapshot })
    } catch (error) {
      this.#handlers.onError(error as IceServerError)
      if (this.#record.state === state) this.#dispatch({ type: 'request-failed' })
    }
  }

  /** An app that restarts ICE itself knows its remote peer, and needs the current servers at once. */
  #mayDefer(servers: ServersToWrite): boolean {
    const { condition, restartFunction } = this.#options
    if (condition === 'never' || restartFunction) return false
    return mayDeferServers(servers, this.#afterExpiry, this.#clock.now())
  }

  #dispatchServersWritten(servers: ServersToWrite, changed: boolean): void {
    this.#dispatch({ type: 'servers-written', changed, ...servers, ...readDescription(this.#connection) })
  }
}
