/** Decides after a change of the network whether a connection still works, long before ICE is `failed`. */
import { isDisconnected } from '../ice-states.js'
import type { ConnectionSnapshot } from './connection-snapshot.js'

/** How often a connection is checked while it is watched. */
export const NETWORK_POLL_MS = 1000

/** Several signals come with one change. */
const DEBOUNCE_MS = 1000

/** Browsers report `disconnected` 5 to 10 s after the last packet. */
const WATCH_MS = 20_000

/** A connection on which something arrived so recently receives at short intervals, not only consent responses. */
const RECEIVING_MS = 1000

/** So long nothing arrives on a connection that received before. Idle ones hear of the peer every 6 s at most (RFC 7675 §5.1). */
const SILENT_MS = 3000

/** A network that keeps changing must not cause a negotiation each time. */
const MAX_RESTARTS = 3
const BUDGET_MS = 60_000

/** Watches one connection after each change of the network. All times are monotonic ms. */
export class NetworkWatch {
  #changedAt: number | undefined
  #wasReceiving = false
  #isCutOff = false
  #restartedAt: readonly number[] = []

  /** Whether the connection is to be checked again after {@link NETWORK_POLL_MS}. */
  get isWatching(): boolean {
    return this.#changedAt !== undefined
  }

  /** Whether the connection receives nothing since the network has changed, and may be restarted for it. */
  get isCutOff(): boolean {
    return this.#isCutOff
  }

  /** Handles that the network may have changed. */
  start(now: number): void {
    const isRecent = (at: number) => now - at < BUDGET_MS
    this.#restartedAt = this.#restartedAt.filter(isRecent)
    if (this.#restartedAt.length >= MAX_RESTARTS) return
    if (!this.isWatching) this.#wasReceiving = false
    this.#changedAt = now
  }

  /** Handles what a check has read. */
  observe({ iceState, silentMs }: Pick<ConnectionSnapshot, 'iceState' | 'silentMs'>, now: number): void {
    if (this.#changedAt === undefined) return
    const sinceMs = now - this.#changedAt
    const isReceiving = silentMs !== undefined && silentMs < RECEIVING_MS
    this.#wasReceiving ||= silentMs !== undefined && silentMs < RECEIVING_MS + sinceMs
    const isSilent = this.#wasReceiving && silentMs !== undefined && silentMs >= SILENT_MS
    this.#isCutOff = sinceMs >= DEBOUNCE_MS && !isReceiving && (isDisconnected(iceState) || isSilent)
    if (!this.#isCutOff && sinceMs >= WATCH_MS) this.stop()
  }

  /** Handles that the connection is restarted, for whatever reason. */
  handleRestart(now: number): void {
    if (this.#isCutOff) this.#restartedAt = [...this.#restartedAt, now]
    this.stop()
  }

  /** Forgets the change. */
  stop(): void {
    this.#changedAt = undefined
    this.#isCutOff = false
  }
}
