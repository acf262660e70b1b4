import type { IceServerError } from '../errors.js'
import {
  backoffDelayMs,
  type ConfigurationPhase,
  chooseRefreshAt,
  type Lifetime,
  minimumDelayMs,
  phaseAt,
} from './refresh-policy.js'

/** Who waits for an answer, and who is offline, is not kept longer from the next try, whatever the back-off is. */
const MAX_WAIT_MS = 120_000

/** Who wants a request: an app that insists on it, or one that waits for its answer. Else it is the library. */
export type Demand = 'forced' | 'awaited'

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
  /** When the last request failed, if no other has succeeded since. */
  #failedAt: number | undefined
  #outageMs = 0
  #allowedAt = -Infinity
  #retryAt = -Infinity
  #isRefused = false
  /** When the first of several refusals in a row came. */
  #refusedSince: number | undefined

  constructor(settings: ScheduleSettings) {
    this.#settings = settings
  }

  /** Of the configuration at hand; `idle` without one. */
  get phase(): 'idle' | ConfigurationPhase {
    return this.#lifetime ? phaseAt(this.#settings.now(), this.#lifetime, this.#refreshAt) : 'idle'
  }

  /** When the phase changes by itself. */
  get phaseEndsAt(): number {
    const { phase } = this
    if (phase === 'fresh') return this.#refreshAt
    return (phase === 'stale' && this.#lifetime?.expiresAt) || Infinity
  }

  /** When the next request is due. `Infinity` after a denial, unless somebody insists on it. */
  requestAt(demand?: Demand): number {
    if (demand === 'forced') return this.#allowedAt
    const isPatient = !demand || this.isDenied
    const retryAt = isPatient ? this.#retryAt : Math.min(this.#retryAt, this.#allowedAt + MAX_WAIT_MS)
    return Math.max(retryAt, this.#refreshAt)
  }

  get isDenied(): boolean {
    return this.#retryAt === Infinity
  }

  /** @param hasOtherServers - Whether they are not those of before. */
  succeed(lifetime: Lifetime, hasOtherServers: boolean): void {
    const { now, random, refreshMarginMs, minRefreshIntervalMs } = this.#settings
    const mayBeSynchronized = !this.#lifetime || this.#failedAt !== undefined
    this.#lifetime = lifetime
    this.#refreshAt = chooseRefreshAt(lifetime, refreshMarginMs, random(), mayBeSynchronized)
    this.#failedAt = undefined
    this.#outageMs = 0
    this.#allowedAt = this.#retryAt = now() + minRefreshIntervalMs
    const wasRefused = this.#isRefused
    this.#isRefused = false
    if (!wasRefused) this.#refusedSince = undefined
    else if (!hasOtherServers) this.refuse()
  }

  /** @param isOffline - Then the event `online` is waited for, and few tries are enough. */
  fail({ retryAfterMs, fatal }: Pick<IceServerError, 'retryAfterMs' | 'fatal'>, isOffline: boolean): void {
    const { random, minRefreshIntervalMs } = this.#settings
    const now = this.#settings.now()
    // Time that was slept through was not waited for.
    this.#outageMs += Math.max(Math.min(now, this.#retryAt) - (this.#failedAt ?? now), 0)
    this.#failedAt = now
    this.#allowedAt = now + minimumDelayMs(minRefreshIntervalMs, retryAfterMs)
    const leftMs = this.#lifetime && !this.#isRefused ? this.#lifetime.expiresAt - this.#allowedAt : 0
    const waitMs = isOffline ? MAX_WAIT_MS : backoffDelayMs(this.#outageMs, leftMs, random())
    this.#retryAt = fatal ? Infinity : this.#allowedAt + waitMs
  }

  /** A TURN server refused the credentials at hand: a refresh is due; if such things go on, after a back-off. */
  refuse(): void {
    const now = this.#settings.now()
    const isFirst = this.#refusedSince === undefined
    this.#refusedSince ??= now
    this.#isRefused = true
    this.#refreshAt = -Infinity
    const waitMs = isFirst ? 0 : backoffDelayMs(now - this.#refusedSince, 0, this.#settings.random())
    this.#retryAt = Math.max(this.#retryAt, now + waitMs)
  }

  /** The network is back: the back-off was for one that was not there. */
  reconnect(): void {
    this.#outageMs = 0
    if (!this.isDenied) this.#retryAt = this.#allowedAt
  }
}
