/** Events of a provider. A listener that throws affects neither the provider nor other listeners. */
import { EventEmitter } from 'eventemitter3'
import type { AttachableConnection } from './attachable-connection.js'
import type { IceConfiguration } from './config/read-response.js'
import type { IceServerError } from './errors.js'
import { assertOption } from './option-checks.js'
import type { RefreshReason } from './options.js'
import type { RestartReport } from './restart-report.js'

/**
 * State of a provider:
 *
 * - `idle`: no configuration yet.
 * - `fresh`: `current` is valid.
 * - `stale`: `current` is valid and due to be refreshed.
 * - `expired`: the configuration has expired, and no newer one has been received.
 * - `failing`: the provider has no valid configuration, and the last refresh failed. It is retried with exponential backoff.
 * - `denied`: the backend returned 401 or 403. No request is made until `refresh()`; `current` can still be valid.
 * - `closed`: final.
 * @group Provider
 */
export type ProviderState = 'idle' | 'fresh' | 'stale' | 'expired' | 'failing' | 'denied' | 'closed'

/** A refresh that has settled. @group Provider */
export interface RefreshAttempt {
  /** Why it was made. */
  readonly reason: RefreshReason
  /** Duration of the refresh with all its attempts, in ms. */
  readonly durationMs: number
  /** `unchanged`: the response contained what the provider already had. */
  readonly outcome: 'success' | 'unchanged' | 'failure'
  /** Why it failed. */
  readonly error?: IceServerError
  /** When the provider retries after a failure, in epoch ms; `undefined` if it does not retry by itself. */
  readonly retryAt?: number | undefined
}

/** Events of `IceServerProvider`. Listeners are optional, also for `error`. @group Provider */
export interface IceServerProviderEvents {
  /** Fired when the servers or their expiry have changed. `previous` is the configuration that was replaced, if it was still valid. */
  update: (configuration: IceConfiguration, previous: IceConfiguration | undefined) => void
  /** Fired when a refresh failed, part of a response was left out, a TURN server rejected the credentials, or a connection could not be kept current. The last valid configuration stays. */
  error: (error: IceServerError) => void
  /** Fired when a refresh has settled, after `update` or `error`: for logs, metrics and alerts. */
  refresh: (attempt: RefreshAttempt) => void
  /** Fired for each ICE restart that the library requests: once when it is requested, and once when it has completed or failed. */
  restart: (report: RestartReport) => void
  /** Fired each time that `attach()` was called with a connection. */
  attach: (connection: AttachableConnection) => void
  /** Fired when the configuration expired before it could be replaced. */
  expired: (configuration: IceConfiguration) => void
  /** Fired when `state` changes. */
  statechange: (state: ProviderState) => void
}

type EventName = keyof IceServerProviderEvents

const EVENTS: readonly EventName[] = [
  'update',
  'error',
  'refresh',
  'restart',
  'attach',
  'expired',
  'statechange',
]
const OWNER = 'IceServerProvider'

type AnyListener = (...args: unknown[]) => void

const emitters = new WeakMap<ProviderEventTarget, EventEmitter>()

/** Emits `error` of a provider, for what is built on top of it. */
export function emitError(provider: ProviderEventTarget, error: IceServerError): void {
  const emitter = emitters.get(provider)
  if (emitter) emitTo(emitter, 'error', [error])
}

/** Calls the listeners of an event. One that throws does not affect the others. */
function emitTo(emitter: EventEmitter, name: EventName, args: unknown[]): void {
  for (const listener of emitter.listeners(name)) {
    if (!emitter.listeners(name).includes(listener)) continue // removed by an earlier one
    emitter.off(name, listener, undefined, true) // if it was added with `once`
    try {
      listener(...args)
    } catch (error) {
      reportListenerError(error)
    }
  }
}

/** Event methods of the provider. An exception in a listener is reported with `reportError()` and does not affect the others. */
export abstract class ProviderEventTarget {
  readonly #emitter = new EventEmitter()
  #announcedState: ProviderState = 'idle'
  #announcedExpiry: IceConfiguration | undefined
  #isFailureKnown = false

  constructor() {
    emitters.set(this, this.#emitter)
  }

  /** `new RTCPeerConnection(provider)` reads it, and would otherwise create a connection without servers. TypeScript rejects that call. */
  protected get iceServers(): never {
    throw new TypeError(`${OWNER} has no iceServers: pass { iceServers: await provider.getIceServers() }`)
  }

  abstract get state(): ProviderState

  /** Adds a listener. @throws TypeError for an unknown event, or if `listener` is not a function. */
  on<Name extends EventName>(name: Name, listener: IceServerProviderEvents[Name]): this {
    return this.#changeListener('on', name, listener)
  }

  /** Adds a listener for the next event of this name only. @throws TypeError like {@link on}. */
  once<Name extends EventName>(name: Name, listener: IceServerProviderEvents[Name]): this {
    return this.#changeListener('once', name, listener)
  }

  /** Removes a listener that was added with `on` or `once`. @throws TypeError like {@link on}. */
  off<Name extends EventName>(name: Name, listener: IceServerProviderEvents[Name]): this {
    return this.#changeListener('off', name, listener)
  }

  /**
   * Calls back when `current` changes, except by `close()`. Together with `current` this is an external store, as
   * React's `useSyncExternalStore` expects it. The provider refreshes while there is a subscriber.
   *
   * @returns a function that unsubscribes.
   * @throws TypeError if `listener` is not a function.
   */
  subscribe(listener: () => void): () => void {
    assertOption(typeof listener === 'function', OWNER, 'listener', 'a function', listener)
    const onChange = () => listener()
    this.on('update', onChange).on('expired', onChange)
    return () => {
      this.off('update', onChange).off('expired', onChange)
    }
  }

  /** Called after a listener was added or removed. */
  protected abstract listenersChanged(): void

  /** Whether there are listeners for this event; without a name, for any event. */
  protected hasListeners(name?: EventName): boolean {
    return (name ? this.#emitter.listenerCount(name) : this.#emitter.eventNames().length) > 0
  }

  protected emit<Name extends EventName>(
    name: Name,
    ...args: Parameters<IceServerProviderEvents[Name]>
  ): void {
    emitTo(this.#emitter, name, args)
  }

  /**
   * Warns once on the console that there are no servers, unless a listener or a caller gets to know it.
   *
   * @param isAwaited - Whether the promise of a caller rejects with this error.
   */
  protected warnIfUnknown({ code, message }: IceServerError, isAwaited: boolean): void {
    const isKnown = isAwaited || this.hasListeners('error') || this.hasListeners('refresh')
    if (!isKnown && !this.#isFailureKnown) {
      console.warn(`${OWNER}: no ICE servers (${code}: ${message}); handle it with provider.on('error', …)`)
    }
    this.#isFailureKnown = true
  }

  /** Emits `expired` once for each configuration, and `statechange` when the state has changed. */
  protected announceChanges(expired: IceConfiguration | undefined): void {
    if (expired && expired !== this.#announcedExpiry) {
      this.#announcedExpiry = expired
      this.emit('expired', expired)
    }
    const { state } = this
    if (state === this.#announcedState) return
    this.#announcedState = state
    this.emit('statechange', state)
  }

  protected removeListeners(): void {
    this.#emitter.removeAllListeners()
  }

  #changeListener(verb: 'on' | 'once' | 'off', name: EventName, listener: unknown): this {
    if (!EVENTS.includes(name)) {
      throw new TypeError(`${OWNER}: unknown event ${String(name)}; known events: ${EVENTS.join(', ')}`)
    }
    assertOption(typeof listener === 'function', OWNER, 'listener', 'a function', listener)
    this.#emitter[verb](name, listener as AnyListener)
    this.listenersChanged()
    return this
  }
}

/** Node has no `reportError()`, and an uncaught error would end its process. */
function reportListenerError(error: unknown): void {
  if (typeof reportError === 'function') reportError(error)
  else console.error(error)
}
