import type { IceServerError } from '../errors.js'
import {
  backOffMs,
  type Lifetime,
  MAX_BACK_OFF_MS,
  type Phase,
  pauseMs,
  phaseAt,
  refreshMoment,
} from './refresh-policy.js'

/** What the schedule goes by. */
export interface ScheduleSettings {
  readonly refreshMarginMs?: number
  readonly minRefreshIntervalMs: number
  /** Like `Math.random`. */
  readonly random: () => number
  /** Epoch ms. */
  readonly now: () => number
}

/** Remembers how the refreshes went, and tells by the policy what is due when. Moments are epoch ms. */
export class Schedule {
  readonly #settings: ScheduleSettings
  #lifetime: Lifetime | undefined
  #refreshAt = -Infinity
  #failures = 0
  #allowedAt = -Infinity
  #retryAt = -Infinity
  #refusals = 0
  #isRefused = false

  constructor(settings: ScheduleSettings) {
    this.#settings = settings
  }

  /** Of the configuration at hand; `idle` without one. */
  get phase(): 'idle' | Phase {
    return this.#lifetime ? phaseAt(this.#settings.now(), this.#lifetime, this.#refreshAt) : 'idle'
  }

  /** When the phase changes by itself. */
  get phaseEndsAt(): number {
    const { phase } = this
    if (phase === 'fresh') return this.#refreshAt
    return (phase === 'stale' && this.#lifetime?.expiresAt) || Infinity
  }

  /**
   * When the next request is due; or, if somebody insists on it, when it is allowed at the earliest.
   * `Infinity` after a denial.
   */
  requestAt(isForced: boolean): number {
    return isForced ? this.#allowedAt : Math.max(this.#retryAt, this.#refreshAt)
  }

  get isDenied(): boolean {
    return this.#retryAt === Infinity
  }

  /** @param hasOtherServers - Whether they are not those of before. */
  succeed(lifetime: Lifetime, hasOtherServers: boolean): void {
    const { now, random, refreshMarginMs, minRefreshIntervalMs } = this.#settings
    this.#lifetime = lifetime
    this.#refreshAt = refreshMoment(lifetime, refreshMarginMs, random())
    this.#failures = 0
    this.#allowedAt = this.#retryAt = now() + minRefreshIntervalMs
    const wasRefused = this.#isRefused
    this.#isRefused = false
    if (!wasRefused) this.#refusals = 0
    else if (!hasOtherServers) this.refuse()
  }

  /** @param isOffline - Then the event `online` is waited for, and one try in two minutes is enough. */
  fail({ retryAfterMs, fatal }: Pick<IceServerError, 'retryAfterMs' | 'fatal'>, isOffline: boolean): void {
    const { now, random, minRefreshIntervalMs } = this.#settings
    this.#failures++
    this.#allowedAt = now() + pauseMs(minRefreshIntervalMs, retryAfterMs)
    const backOff = isOffline ? MAX_BACK_OFF_MS : backOffMs(this.#failures, random())
    this.#retryAt = fatal ? Infinity : this.#allowedAt + backOff
  }

  /** A TURN server refused the credentials at hand: a refresh is due; if such things go on, after a back-off. */
  refuse(): void {
    const { now, random } = this.#settings
    const waitMs = this.#refusals > 0 ? backOffMs(this.#refusals, random()) : 0
    this.#refusals++
    this.#isRefused = true
    this.#refreshAt = -Infinity
    this.#retryAt = Math.max(this.#retryAt, now() + waitMs)
  }

  /** The network is back: the back-off was for one that was not there. */
  reconnect(): void {
    if (!this.isDenied) this.#retryAt = this.#allowedAt
  }
}
