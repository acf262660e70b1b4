/** Reads the relayed pairs of one connection, one reading after the other. */
import type { AttachableConnection } from '../attachable-connection.js'
import { turnUrlsOf } from '../config/server-keys.js'
import { type ConnectionStats, readStats } from '../connection-stats.js'
import { readSafely } from '../read-safely.js'
import { type RelayedPairs, readRelayedPairs } from './relay-usage.js'

/** At these events a pair begins to carry data, or may soon be replaced, so the stats are read at once. */
const READING_EVENTS = ['connectionstatechange', 'iceconnectionstatechange', 'signalingstatechange'] as const

/** What a reader reports. */
export interface RelayReaderHandlers {
  /** Called after each reading. `seconds` are those since the previous one, while the connection was up. */
  onReading(previous: RelayedPairs, current: RelayedPairs, seconds: number): void
  /** Called after the last reading. A closed connection never opens again. */
  onClosed(): void
}

/** Reads one connection. Remembers its pairs while it is stopped, so that nothing counts twice. */
export class RelayReader {
  readonly #connection: AttachableConnection
  readonly #handlers: RelayReaderHandlers
  #pairs: RelayedPairs = new Map()
  #isStopped = true
  /** When the connection was last read and not `failed`, in monotonic ms. */
  #readAt: number | undefined
  #pendingCount = 0
  #lastReading = Promise.resolve()

  constructor(connection: AttachableConnection, handlers: RelayReaderHandlers) {
    this.#connection = connection
    this.#handlers = handlers
  }

  /** Reads the connection, and again whenever its pairs may be replaced. */
  start(): void {
    this.#isStopped = false
    this.#readAt = undefined
    for (const type of READING_EVENTS) {
      readSafely(() => this.#connection.addEventListener?.(type, this.#onEvent), undefined)
    }
    void this.read()
  }

  /** Ignores the reading in flight, too. */
  stop(): void {
    this.#isStopped = true
    for (const type of READING_EVENTS) {
      readSafely(() => this.#connection.removeEventListener?.(type, this.#onEvent), undefined)
    }
  }

  /** Whether stats have been requested that have not arrived. */
  get isReading(): boolean {
    return this.#pendingCount > 0
  }

  /** Requests the stats at once, whether others are pending or not: a moment later the pair may be gone. Never rejects. */
  read(): Promise<void> {
    const requestedAt = performance.now()
    // Firefox returns the last stats of a connection after it was closed, but none that were requested before.
    const isClosed = readSafely(() => this.#connection.signalingState === 'closed', true)
    const stats = readStats(this.#connection)
    this.#pendingCount++
    this.#lastReading = this.#lastReading.then(async () => {
      this.#handleStats(await stats, isClosed, requestedAt)
      this.#pendingCount--
    })
    return this.#lastReading
  }

  readonly #onEvent = () => void this.read()

  #handleStats(stats: ConnectionStats, isClosed: boolean, requestedAt: number): void {
    if (this.#isStopped) return
    if (stats.size > 0) {
      const isUp = !isClosed && readSafely(() => this.#connection.iceConnectionState !== 'failed', false)
      const seconds = isUp && this.#readAt !== undefined ? (requestedAt - this.#readAt) / 1000 : 0
      this.#readAt = isUp ? requestedAt : undefined
      const previous = this.#pairs
      this.#pairs = readRelayedPairs(stats, this.#readTurnUrls(), previous)
      this.#handlers.onReading(previous, this.#pairs, seconds)
    }
    if (isClosed) this.#handlers.onClosed()
  }

  #readTurnUrls(): ReturnType<typeof turnUrlsOf> {
    return readSafely(() => turnUrlsOf(this.#connection.getConfiguration?.().iceServers ?? []), [])
  }
}
