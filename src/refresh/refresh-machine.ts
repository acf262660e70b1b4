/** Holds the refresh state of a provider, and applies events to it. */
import type { Clock } from '../clock.js'
import type { ProviderState } from '../events.js'
import { planRefresh, type RefreshDemand, type RefreshPlan } from './plan-refresh.js'
import {
  createRefreshRecord,
  hasFailed,
  isDenied,
  nextRefreshState,
  phaseOf,
  type RefreshContext,
  type RefreshEvent,
  type RequestUrgency,
  requestAt,
} from './refresh-state.js'

/** The refresh state at the time of a clock. The decisions are those of the pure functions beside it. */
export class RefreshMachine {
  readonly #clock: Clock
  readonly #settings: Omit<RefreshContext, 'now'>
  #record

  constructor(clock: Clock, settings: Omit<RefreshContext, 'now'>) {
    this.#clock = clock
    this.#settings = settings
    this.#record = createRefreshRecord(clock.now())
  }

  /** `closed`, `denied`, `failing`, or the phase of the configuration: the first that holds. */
  get state(): ProviderState {
    if (this.#record.state.name === 'closed') return 'closed'
    if (isDenied(this.#record)) return 'denied'
    const phase = phaseOf(this.#record, this.#clock.now())
    const isValid = phase === 'fresh' || phase === 'stale'
    return !isValid && hasFailed(this.#record) ? 'failing' : phase
  }

  /** Whether the configuration has expired, whatever the state is. */
  get isExpired(): boolean {
    return phaseOf(this.#record, this.#clock.now()) === 'expired'
  }

  /** Whether a request is in flight. */
  get isRefreshing(): boolean {
    return this.#record.state.name === 'in-flight'
  }

  dispatch(event: RefreshEvent): void {
    const { random, refreshMarginMs, minRefreshIntervalMs } = this.#settings
    const context = { random, refreshMarginMs, minRefreshIntervalMs, now: this.#clock.now() }
    this.#record = nextRefreshState(this.#record, event, context)
  }

  /** Returns when a request is due, see {@link requestAt}. */
  requestAt(urgency: RequestUrgency | undefined): number | undefined {
    return requestAt(this.#record, urgency)
  }

  /** Returns what to do next, see {@link planRefresh}. */
  plan(demand: RefreshDemand): RefreshPlan {
    return planRefresh(this.#record, demand, this.#clock.now())
  }
}
