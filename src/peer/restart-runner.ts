/** Requests the ICE restarts of one connection, follows them to their end, and undoes those that do not complete. */
import type { AttachableConnection, RestartPolicy } from '../attachable-connection.js'
import type { Clock } from '../clock.js'
import { recordRestart } from '../connection-history.js'
import { isConnected } from '../ice-states.js'
import type { RestartCause } from '../restart-report.js'
import type { AttachmentHandlers } from './attachment-handlers.js'
import type { ConfigurationAccess } from './connection-configuration.js'
import { type ConnectionSnapshot, type LocalDescription, readDescription } from './connection-snapshot.js'
import { type InBandConnection, InBandNegotiator } from './in-band/negotiator.js'
import { isNegotiable, type NegotiableConnection } from './negotiable-connection.js'
import { inBandError, requestError, restartError } from './restart-failures.js'
import { type FollowResult, RestartFollower } from './restart-follower.js'
import { negotiateRestart, type RestartNegotiation } from './restart-negotiation.js'
import type { RestartCondition } from './restart-policy.js'
import type { RestartState } from './restart-record.js'

/** A restart to request. */
export interface RestartToRun {
  readonly cause: RestartCause
  readonly deadline: number
  /** Whether the request failed before. */
  readonly isRetry: boolean
  /** What the connection was when it was read last. */
  readonly snapshot: ConnectionSnapshot | undefined
  /** The function of the app that performs it. */
  readonly restart: Extract<RestartPolicy, (...args: never[]) => unknown> | undefined
}

/** The ICE restarts of one connection, one at a time. */
export class RestartRunner {
  readonly #connection: AttachableConnection
  /** The connection, if its restarts can be undone. */
  readonly #negotiable: NegotiableConnection | undefined
  readonly #configuration: ConfigurationAccess
  readonly #clock: Clock
  readonly #follower: RestartFollower
  readonly #onError: AttachmentHandlers['onError']
  #negotiation: RestartNegotiation | undefined
  #inBand: InBandNegotiator | undefined

  constructor(
    connection: AttachableConnection,
    configuration: ConfigurationAccess,
    clock: Clock,
    handlers: Pick<AttachmentHandlers, 'onError' | 'onRestart'>,
  ) {
    this.#connection = connection
    this.#negotiable = isNegotiable(connection) ? connection : undefined
    this.#configuration = configuration
    this.#clock = clock
    this.#onError = handlers.onError
    this.#follower = new RestartFollower((report, isRepeated, failure) => {
      recordRestart(connection, failure && { failure, message: restartError(failure).message })
      if (report.error && !isRepeated) handlers.onError(report.error)
      handlers.onRestart({ ...report, connection })
    })
  }

  /** Whether a restart is in progress. */
  get isFollowing(): boolean {
    return this.#follower.isFollowing
  }

  /** What the connection can still be restarted for, given its policy. */
  limit(condition: RestartCondition): RestartCondition {
    const isChannelMissing = this.#inBand?.state === 'missing'
    const possible = isChannelMissing && condition !== 'never' ? 'lost' : condition
    return this.#follower.limit(possible, this.#clock.monotonicNow())
  }

  /** Renegotiates in-band from now on. @param isForced - Whether the connection gets a data section for that. */
  negotiateInBand(isForced: boolean): void {
    const connection = this.#negotiable as InBandConnection | undefined
    const onMissing = () => this.#onError(inBandError('missing'))
    if (!connection) this.#onError(inBandError('unsupported'))
    else this.#inBand ??= new InBandNegotiator(connection, isForced, this.#clock.monotonicNow, onMissing)
  }

  /** Requests a restart. Rejects with an {@link IceServerError} if the function of the app or `restartIce()` throws. */
  async request({ cause, deadline, isRetry, snapshot, restart: restartOfApp }: RestartToRun): Promise<void> {
    const inBand = this.#usableInBand(cause)
    if (inBand && !(await inBand.isAvailable())) return
    const restart = inBand ? () => inBand.restart() : restartOfApp
    const { remoteUfrag } = readDescription(this.#connection)
    const times = { now: this.#clock.now(), monotonicNow: this.#clock.monotonicNow() }
    // Not of a browser's own connection, which always makes new allocations.
    const relays = this.#negotiable ? [] : relaysInUse(snapshot)
    this.#follower.start({ cause, deadline, remoteUfrag, relays, isRetry, ...times })
    // The app has detached the connection in a listener of the report.
    if (!this.isFollowing) return
    this.#endNegotiation()
    if (this.#negotiable) {
      this.#negotiation = negotiateRestart(this.#negotiable, {
        isOfferedByApp: restart !== undefined,
        needsRelay: snapshot?.path !== 'direct',
        onRejectedAnswer: (failure) => this.#follower.fail(failure, remoteUfrag, this.#clock.monotonicNow()),
      })
    }
    try {
      if (restart) await restart(this.#connection, { deadline })
      else if (!this.#negotiation) this.#connection.restartIce?.()
    } catch (error) {
      const ofApp = restartOfApp ? 'the restartIce function' : 'restartIce()'
      throw requestError(inBand ? 'the in-band negotiation' : ofApp, error)
    }
  }

  /** Handles that a TURN server allocates no more relay addresses for the user of the credentials. */
  handleQuota(url: string): void {
    this.#follower.handleQuota(url)
  }

  /** The first TURN URL that allocated none, since the last restart that completed. */
  get quotaUrl(): string | undefined {
    return this.#follower.quotaUrl
  }

  /** Handles a change of the servers. */
  handleNewServers(): void {
    this.#follower.handleNewServers()
  }

  /** Handles a change of the signaling state. */
  handleSignaling(description: LocalDescription): void {
    this.#follower.handleNegotiation(description)
  }

  /** Checks the restart in progress. */
  follow(state: RestartState['name'], snapshot: ConnectionSnapshot): FollowResult {
    const { poolSize } = this.#configuration
    const times = { now: this.#clock.now(), monotonicNow: this.#clock.monotonicNow() }
    const result = this.#follower.follow(state, snapshot, { ...times, poolSize })
    const isUnanswered = !snapshot.isStable && result.ended !== 'completed'
    // A closed connection rejects. There is nothing to undo then.
    if (result.ended && isUnanswered) this.#negotiation?.rollBack().catch(() => {})
    else if (result.ended) this.#endNegotiation()
    return result
  }

  /** Forgets the restart in progress, and leaves later negotiations to the app alone. */
  stop(): void {
    this.#follower.cancel()
    this.#endNegotiation()
    this.#inBand?.stop()
    this.#inBand = undefined
  }

  /** A connection that is lost cannot carry an offer. */
  #usableInBand(cause: RestartCause): InBandNegotiator | undefined {
    const isOpen = this.#inBand?.state === 'opening' || this.#inBand?.state === 'open'
    return isOpen && (cause === 'rotation' || cause === 'rejected') ? this.#inBand : undefined
  }

  #endNegotiation(): void {
    this.#negotiation?.end()
    this.#negotiation = undefined
  }
}

/** Returns the relay addresses that are certainly allocated at this moment, so that no server allocates them once more. */
function relaysInUse(snapshot: ConnectionSnapshot | undefined): readonly string[] {
  return snapshot && isConnected(snapshot.iceState) ? snapshot.selectedRelays : []
}
