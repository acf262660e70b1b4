import { backOffMs, type Lifetime, type Phase, pauseMs, phaseAt, refreshMoment } from './refresh-policy.js'

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

  succeed(lifetime: Lifetime): void {
    const { now, random, refreshMarginMs, minRefreshIntervalMs } = this.#settings
    this.#lifetime = lifetime
    this.#refreshAt = refreshMoment(lifetime, refreshMarginMs, random())
    this.#failures = 0
    this.#allowedAt = this.#retryAt = now() + minRefreshIntervalMs
  }

  fail({
    retryAfterMs,
    fatal,
  }: {
    readonly retryAfterMs: number | undefined
    readonly fatal: boolean
  }): void {
    const { now, random, minRefreshIntervalMs } = this.#settings
    this.#failures++
    this.#allowedAt = now() + pauseMs(minRefreshIntervalMs, retryAfterMs)
    this.#retryAt = fatal ? Infinity : this.#allowedAt + backOffMs(this.#failures, random())
  }

  /** The network is back: the back-off was for one that was not there. */
  reconnect(): void {
    if (!this.isDenied) this.#retryAt = this.#allowedAt
  }
}
