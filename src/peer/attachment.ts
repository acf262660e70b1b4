import type { AttachableConnection, RestartPolicy } from '../attachable-connection.js'
import { areSameServers, type RTCIceServer } from '../config/ice-server.js'
import { includesUrl } from '../config/select-servers.js'
import { IceServerError } from '../errors.js'
import { selectedCandidates } from './connection-snapshot.js'

/** Answers of a TURN server by which it refuses credentials (RFC 8489 §14.8, RFC 8656 §19). 701 is no answer. */
const REFUSALS = [400, 401, 403, 437, 438, 441]

/**
 * A negotiation, such as the other end's ICE restart, is given the time to come into effect: Firefox 153 loses a
 * connection whose ICE is restarted again before it has moved to the new candidates. The longer time is for one
 * that is seen not to have moved.
 */
const SETTLE_MS = 2000
const MAX_SETTLE_MS = 10_000
const RETRY_MS = 500

/**
 * A local description that comes that soon after new servers may have been under way when they came, and its
 * candidates have been gathered with the ones before.
 */
const IN_FLIGHT_MS = 500

type Candidates = Awaited<ReturnType<typeof selectedCandidates>>

/** What an attachment tells of its connection. */
export interface AttachmentHooks {
  onError(error: IceServerError): void
  /** The ICE connection state is another. */
  onChange(): void
  /** When the next restart may be, so that not all gather at once; in ms as `performance.now()` counts. */
  reserveRestart(): number
  /** The server at the URL, one of these that the connection has, refused its credentials. */
  onCredentialsRejected(url: string, iceServers: readonly RTCIceServer[]): void
}

/** What is known of a connection, also when it is attached anew. */
export interface Trace {
  /** Of the candidates that were there when the servers were replaced, until there are others. */
  outdatedUfrag?: string | undefined
  /** When the credentials of those candidates end, epoch ms. */
  deadline: number
  hasRestarted: boolean
  /** When it got its servers, in ms as `performance.now()` counts; that clock is never put back. */
  appliedAt: number
}

/** One connection that is kept fresh. */
export class Attachment {
  readonly #connection: AttachableConnection
  readonly #restartIce: RestartPolicy
  readonly #hooks: AttachmentHooks
  readonly #trace: Trace
  #isRefused = false
  /** These two as `performance.now()` counts. */
  #negotiatedAt = -Infinity
  #restartAt: number | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    connection: AttachableConnection,
    trace: Trace,
    restartIce: RestartPolicy,
    hooks: AttachmentHooks,
  ) {
    this.#connection = connection
    this.#trace = trace
    this.#restartIce = restartIce
    this.#hooks = hooks
    for (const [type, listener] of this.#listeners) connection.addEventListener?.(type, listener)
  }

  /** A closed connection never opens again. */
  get isClosed(): boolean {
    return this.#connection.signalingState === 'closed'
  }

  get isDisconnected(): boolean {
    return /failed|disconnected/.test(this.#connection.iceConnectionState ?? '')
  }

  /** Gives the connection its servers, and restarts ICE if it has to. */
  apply(iceServers: RTCIceServer[], deadline: number): void {
    if (this.isClosed) return
    try {
      if (mergeIceServers(this.#connection, iceServers)) this.#outdate(deadline)
    } catch (cause) {
      this.#fail('a connection refused its configuration', cause)
    }
    this.#restartIfNeeded(IN_FLIGHT_MS)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const [type, listener] of this.#listeners) this.#connection.removeEventListener?.(type, listener)
  }

  #outdate(deadline: number): void {
    const trace = this.#trace
    if (!this.#isOutdated) Object.assign(trace, { outdatedUfrag: this.#ufrag, deadline })
    trace.appliedAt = performance.now()
    trace.hasRestarted = false
  }

  /** Whether it still uses what was gathered with servers that are replaced. */
  get #isOutdated(): boolean {
    const { outdatedUfrag } = this.#trace
    return outdatedUfrag !== undefined && outdatedUfrag === this.#ufrag
  }

  /** The username fragment, which every gathering has anew (RFC 8445 §9); `undefined` before the first. */
  get #ufrag(): string | undefined {
    return /^a=ice-ufrag:(.+)/m.exec(this.#connection.localDescription?.sdp ?? '')?.[1]
  }

  readonly #onStateChange = (): void => {
    this.#restartIfNeeded(0)
    this.#hooks.onChange()
  }

  readonly #onSignalingChange = (): void => {
    this.#negotiatedAt = performance.now()
    const isInFlight = this.#negotiatedAt - this.#trace.appliedAt < IN_FLIGHT_MS
    if (isInFlight) this.#trace.outdatedUfrag = this.#ufrag
  }

  readonly #onCandidateError = (event: unknown): void => {
    const { errorCode, url } = event as { errorCode: number; url: string }
    const { iceServers = [] } = this.#connection.getConfiguration()
    if (this.#isOutdated || !REFUSALS.includes(errorCode) || !includesUrl(iceServers, url)) return
    this.#isRefused = true
    this.#hooks.onCredentialsRejected(url, iceServers)
  }

  /** Last, for the methods above have to be there. */
  readonly #listeners: readonly (readonly [type: string, listener: (event: unknown) => void])[] = [
    ['iceconnectionstatechange', this.#onStateChange],
    ['signalingstatechange', this.#onSignalingChange],
    ['icecandidateerror', this.#onCandidateError],
  ]

  #restartIfNeeded(delayMs: number): void {
    clearTimeout(this.#timer)
    const timer = setTimeout(async () => {
      const candidates = await selectedCandidates(this.#connection)
      if (timer !== this.#timer || !this.#needsRestart(candidates)) return
      if (this.#isSettling(candidates)) return this.#restartIfNeeded(RETRY_MS)
      this.#restartAt ??= this.#hooks.reserveRestart()
      const waitMs = this.#restartAt - performance.now()
      if (waitMs > 0) return this.#restartIfNeeded(Math.ceil(waitMs)) // `setTimeout` knows whole ms only
      this.#restartAt = undefined
      await this.#restart()
    }, delayMs)
    this.#timer = timer
  }

  /** A restart that was asked for takes until the app has negotiated, so it is not asked for twice without need. */
  #needsRestart(candidates: Candidates): boolean {
    const policy = this.#restartIce
    const { iceConnectionState = '' } = this.#connection
    if (policy === 'never' || this.isClosed) return false
    if (!this.#isOutdated) return policy === 'always' && iceConnectionState === 'failed'
    if (this.isDisconnected) return true
    if (this.#trace.hasRestarted) return false
    if (policy === 'always') return true
    if (!/connected|completed/.test(iceConnectionState)) return this.#isRefused
    // Where it cannot be told: better a needless restart than a dead call.
    return candidates.length === 0 || candidates.some(({ candidateType }) => candidateType === 'relay')
  }

  /** Whether the last negotiation may still be coming into effect. */
  #isSettling(candidates: Candidates): boolean {
    const { localDescription } = this.#connection
    const sinceMs = performance.now() - this.#negotiatedAt
    const isMoving = candidates.some(
      ({ usernameFragment = '' }) => !localDescription?.sdp.includes(`a=ice-ufrag:${usernameFragment}`),
    )
    const mayMove = isMoving && !this.#isRefused && !this.isDisconnected
    return sinceMs < (mayMove ? MAX_SETTLE_MS : SETTLE_MS)
  }

  async #restart(): Promise<void> {
    const restartIce = this.#restartIce
    this.#trace.hasRestarted = true
    this.#isRefused = false
    try {
      if (typeof restartIce !== 'function') this.#connection.restartIce?.()
      else await restartIce(this.#connection, { deadline: this.#trace.deadline })
    } catch (cause) {
      this.#fail('ICE could not be restarted', cause)
    }
  }

  #fail(message: string, cause: unknown): void {
    this.#hooks.onError(new IceServerError('ERR_ICE_SERVER', message, { cause }))
  }
}

/**
 * Gives a connection these servers and leaves the rest of its configuration as it is: a member that
 * `setConfiguration` is not given goes back to its default, which would turn a relay-only connection into
 * one that shows its addresses (W3C webrtc-pc, "set a configuration"). Writes only a real change, for that
 * makes the next offer an ICE restart.
 */
function mergeIceServers(connection: AttachableConnection, iceServers: RTCIceServer[]): boolean {
  const configuration = connection.getConfiguration()
  if (areSameServers(configuration.iceServers ?? [], iceServers)) return false
  connection.setConfiguration({ ...configuration, iceServers })
  return true
}
