/** A backend with random outcomes, and the rules for requests to it. */
import { type EndpointContext, IceServerError } from '../../src/index.js'
import type { Outcome } from './provider-arbitraries.js'
import { HOUR, MINUTE } from './time.js'

/** The provider treats a longer `Retry-After` like this one. */
const MAX_RETRY_AFTER_MS = HOUR
/** All responses with an absolute expiry in a period of this length have the same one. */
const PERIOD_MS = 10 * MINUTE

/** Username in the response to a request that was aborted before it: the provider must ignore it. */
export const SUPERSEDED = 'superseded'

interface Request {
  readonly signal: AbortSignal
  isSettled: boolean
}

/** Limits the validity of a configuration by a clock that nothing sets. */
interface ValidityLimit {
  readonly expiresAt: number
  /** By the monotonic clock. */
  readonly validUntil: number
}

/** Called for each rule, with whether it is obeyed. */
type CheckRule = (rule: string, isObeyed: boolean) => void

export class FuzzedBackend {
  readonly validityLimits: ValidityLimit[] = []
  isDenied = false
  requestCount = 0
  newestFetchedAt = 0
  /** Number of responses that are still to come. Each has a timer. */
  pendingResponses = 0
  readonly #outcomes: readonly Outcome[]
  readonly #minRefreshIntervalMs: number
  readonly #checkRule: CheckRule
  #inFlight: Request | undefined
  #clockAheadMs = 0
  #intervalEndsAt = performance.now()
  #retryAfterEndsAt = performance.now()

  constructor(outcomes: readonly Outcome[], minRefreshIntervalMs: number, checkRule: CheckRule) {
    this.#outcomes = outcomes
    this.#minRefreshIntervalMs = minRefreshIntervalMs
    this.#checkRule = checkRule
  }

  get isRequestInFlight(): boolean {
    return this.#inFlight !== undefined && isInFlight(this.#inFlight)
  }

  /** Notes that the system clock was set. A provider cannot distinguish a clock set ahead from time that has passed. */
  noteClockChange(ms: number): void {
    this.#clockAheadMs += Math.max(0, ms)
  }

  /** Notes a configuration that the provider has applied, from a response or from another tab. */
  noteConfiguration(fetchedAt: number, expiresAt: number, validUntil: number): void {
    this.newestFetchedAt = fetchedAt
    this.validityLimits.push({ expiresAt, validUntil })
  }

  /** Lifts a denial and a `Retry-After`: another tab has received a response since. */
  permitRequests(): void {
    this.isDenied = false
    this.#retryAfterEndsAt = this.#now
  }

  /** The endpoint function. */
  respond({ signal }: EndpointContext): Promise<unknown> {
    const now = this.#now
    this.#checkRule('one request at a time', !this.isRequestInFlight)
    this.#checkRule('no request after a denial', !this.isDenied)
    this.#checkRule('no request within minRefreshIntervalMs', now >= this.#intervalEndsAt)
    this.#checkRule('no request before Retry-After', now >= this.#retryAfterEndsAt)
    this.#intervalEndsAt = now + this.#minRefreshIntervalMs
    const outcome = this.#outcomes[this.requestCount % this.#outcomes.length] as Outcome
    const request = { signal, isSettled: false }
    const sent = { at: Date.now(), monotonicAt: performance.now() }
    this.requestCount++
    this.#inFlight = request
    return new Promise((resolve, reject) => {
      if (outcome.kind === 'hang') return
      this.pendingResponses++
      setTimeout(() => {
        this.pendingResponses--
        const isWanted = isInFlight(request)
        request.isSettled = true
        if (outcome.kind === 'success') resolve(this.#createResponse(outcome, sent, isWanted))
        else if (outcome.kind === 'malformed') resolve('malformed')
        else reject(this.#createError(outcome, isWanted))
      }, outcome.afterMs)
    })
  }

  get #now(): number {
    return performance.now() + this.#clockAheadMs
  }

  #createResponse(
    { server, lifetimeMs, isAbsolute }: Outcome,
    sent: { at: number; monotonicAt: number },
    isWanted: boolean,
  ) {
    const username = isWanted ? `u${server}` : SUPERSEDED
    const periodEndsAt = Math.ceil((Date.now() + 1) / PERIOD_MS) * PERIOD_MS
    const expiresAt = isAbsolute ? periodEndsAt : sent.at + lifetimeMs
    if (isWanted && expiresAt > Date.now()) {
      this.noteConfiguration(sent.at, expiresAt, sent.monotonicAt + expiresAt - sent.at)
    }
    const iceServers = [{ urls: ['turn:t.org'], username, credential: 'c' }]
    return { iceServers, ...(isAbsolute ? { expiresAt } : { ttl: lifetimeMs / 1000 }) }
  }

  #createError({ kind, retryAfterMs }: Outcome, isWanted: boolean): IceServerError {
    if (kind === 'denied') {
      this.isDenied ||= isWanted
      return new IceServerError('ERR_DENIED', 'denied', { status: 401 })
    }
    if (kind === 'busy') {
      if (isWanted) this.#retryAfterEndsAt = this.#now + Math.min(retryAfterMs, MAX_RETRY_AFTER_MS)
      return new IceServerError('ERR_HTTP', 'busy', { status: 429, retryAfterMs })
    }
    return new IceServerError(kind === 'failed' ? 'ERR_HTTP' : 'ERR_NETWORK', kind)
  }
}

function isInFlight({ signal, isSettled }: Request): boolean {
  return !isSettled && !signal.aborted
}
