/** Measures what connections relay, by TURN server. */
import type { AttachableConnection } from '../attachable-connection.js'
import { defineDispose } from '../dispose.js'
import type { ProviderEventTarget } from '../events.js'
import { assertKnownOptions, assertOption } from '../option-checks.js'
import type { RestartReport } from '../restart-report.js'
import { unref } from '../unref.js'
import { RelayReader } from './relay-reader.js'
import { addUsage, type RelayUsage } from './relay-usage.js'

/** Options of {@link RelayMeter}. @expand @group Diagnostics */
export interface RelayMeterOptions {
  /**
   * Time between two readings of the stats, in ms. What a pair carries after its last reading does not count.
   * @defaultValue 1000
   */
  intervalMs?: number
}

/** A provider: its connections are measured. @group Diagnostics */
export type RelayMeterProvider = Pick<ProviderEventTarget, 'on' | 'off'>

const OWNER = 'RelayMeter'
const DEFAULT_INTERVAL_MS = 1000
const MAX_INTERVAL_MS = 2 ** 31 - 1

/**
 * Measures how many bytes and seconds connections relay, by TURN server: across ICE restarts, whose new candidate pairs
 * count from zero in the stats, and across connections. Relays of the remote peer do not count.
 *
 * The bytes are those of candidate pairs in W3C webrtc-stats: the payload, as coturn logs it in `peer usage`, without the
 * headers of TURN. A connection is read until it is closed, also after it has been detached. Chromium has no stats of
 * closed connections, so what is relayed after the last reading is lost, unless {@link RelayMeter.read} is awaited before `close()`.
 *
 * @example
 * ```ts
 * const provider = new IceServerProvider('/api/ice-servers')
 * const meter = new RelayMeter(provider) // measures every connection that is attached from now on
 * addEventListener('pagehide', () => navigator.sendBeacon('/api/relay-usage', JSON.stringify(meter.usage)))
 * ```
 * @group Diagnostics
 */
export class RelayMeter {
  /** Stops the meter at the end of a `using` block. */
  declare readonly [Symbol.dispose]: () => void
  readonly #provider: RelayMeterProvider | undefined
  readonly #intervalMs: number
  readonly #active = new Map<AttachableConnection, RelayReader>()
  /** Also of connections that are measured no longer, which may be measured again. */
  readonly #known = new WeakMap<AttachableConnection, RelayReader>()
  readonly #onAttach = (connection: AttachableConnection) => void this.#add(connection)
  /** Firefox hides the pair in use from the offer of a restart until it has switched to another one. */
  readonly #onRestart = ({ connection }: RestartReport) => void this.#active.get(connection)?.read()
  #usage: readonly RelayUsage[] = []
  #timer: ReturnType<typeof setInterval> | undefined

  /**
   * @param provider - Its connections are measured from the moment that they are attached. Optional: see {@link RelayMeter.watch}.
   * @throws TypeError if an argument or option is not valid.
   */
  constructor(provider?: RelayMeterProvider, options: RelayMeterOptions = {}) {
    const isProvider = provider === undefined || typeof provider?.on === 'function'
    assertOption(isProvider, OWNER, 'provider', 'an IceServerProvider', provider)
    assertKnownOptions(OWNER, options, ['intervalMs'])
    const { intervalMs = DEFAULT_INTERVAL_MS } = options
    const isInterval = intervalMs > 0 && intervalMs <= MAX_INTERVAL_MS
    assertOption(isInterval, OWNER, 'intervalMs', 'a positive number of milliseconds', intervalMs)
    this.#intervalMs = intervalMs
    this.#provider = provider
    provider?.on('attach', this.#onAttach).on('restart', this.#onRestart)
    defineDispose(this, () => this.stop())
  }

  /** What was relayed until the last reading: one entry for each server. The same list until it changes. */
  get usage(): readonly RelayUsage[] {
    return this.#usage
  }

  /**
   * Measures a connection, attached or not, until it is closed.
   *
   * @returns a function that stops measuring it. What was measured stays in {@link RelayMeter.usage}.
   * @throws TypeError if the argument has no `getStats()`.
   */
  watch(connection: AttachableConnection): () => void {
    const isConnection = typeof connection?.getStats === 'function'
    assertOption(isConnection, OWNER, 'connection', 'an RTCPeerConnection', connection)
    return this.#add(connection)
  }

  /** Reads the stats of all connections now. Resolves with the usage; never rejects. */
  async read(): Promise<readonly RelayUsage[]> {
    await Promise.all([...this.#active.values()].map((reader) => reader.read()))
    return this.#usage
  }

  /** Stops measuring. The usage stays. */
  stop(): void {
    this.#provider?.off('attach', this.#onAttach).off('restart', this.#onRestart)
    for (const connection of this.#active.keys()) this.#remove(connection)
  }

  #add(connection: AttachableConnection): () => void {
    if (!this.#active.has(connection)) {
      const reader = this.#known.get(connection) ?? this.#createReader(connection)
      this.#known.set(connection, reader)
      this.#active.set(connection, reader)
      reader.start()
    }
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => this.#poll(), this.#intervalMs)
      unref(this.#timer)
    }
    return () => this.#remove(connection)
  }

  #poll(): void {
    for (const reader of this.#active.values()) if (!reader.isReading) void reader.read()
  }

  #createReader(connection: AttachableConnection): RelayReader {
    return new RelayReader(connection, {
      onReading: (previous, current, seconds) => {
        this.#usage = addUsage(this.#usage, previous, current, seconds)
      },
      onClosed: () => this.#remove(connection),
    })
  }

  #remove(connection: AttachableConnection): void {
    this.#active.get(connection)?.stop()
    this.#active.delete(connection)
    if (this.#active.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
