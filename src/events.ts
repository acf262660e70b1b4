import { EventEmitter } from 'eventemitter3'
import type { IceConfiguration } from './config/read-response.js'
import type { IceServerError } from './errors.js'

/** What a provider is in. */
export type ProviderState = 'idle' | 'fresh' | 'stale' | 'expired' | 'denied' | 'closed'

/** Events of `IceServerProvider`. Nobody has to listen to any of them. */
export interface IceServerProviderEvents {
  /** A configuration with other servers or a new lifetime is here; in place of a previous one that was still valid. */
  update: (configuration: IceConfiguration, previous: IceConfiguration | undefined) => void
  /** A refresh failed, or a connection refused its configuration. The last good configuration stays. */
  error: (error: IceServerError) => void
  /** The configuration has come to its end before a new one was there. */
  expired: (configuration: IceConfiguration) => void
  /** `state` is another. */
  statechange: (state: ProviderState) => void
}

type EventName = keyof IceServerProviderEvents
type AnyListener = (...args: unknown[]) => void

/** Events whose listeners cannot harm: what one throws is reported, and the others are called all the same. */
export abstract class ProviderEventTarget {
  readonly #emitter = new EventEmitter()
  #announcedState: ProviderState = 'idle'
  #announcedEnd: IceConfiguration | undefined

  abstract get state(): ProviderState

  /** Calls the listener at each event of this name, until `off`. */
  on<Name extends EventName>(name: Name, listener: IceServerProviderEvents[Name]): this {
    return this.#change('on', name, listener)
  }

  /** Calls the listener at the next event of this name only. */
  once<Name extends EventName>(name: Name, listener: IceServerProviderEvents[Name]): this {
    return this.#change('once', name, listener)
  }

  /** Takes a listener out that `on` or `once` was given. */
  off<Name extends EventName>(name: Name, listener: IceServerProviderEvents[Name]): this {
    return this.#change('off', name, listener)
  }

  /**
   * Calls back when `current` has changed by itself (not by `close()`); with `current` an external store, as
   * React's `useSyncExternalStore` takes it. Keeps the provider refreshing.
   *
   * @returns the way to stop.
   */
  subscribe(listener: () => void): () => void {
    const onChange = () => listener()
    this.on('update', onChange).on('expired', onChange)
    return () => {
      this.off('update', onChange).off('expired', onChange)
    }
  }

  /** Called after a listener came or went. */
  protected abstract listenersChanged(): void

  /** Of this event, without a name of any. */
  protected hasListeners(name?: EventName): boolean {
    return (name ? this.#emitter.listenerCount(name) : this.#emitter.eventNames().length) > 0
  }

  protected emit<Name extends EventName>(
    name: Name,
    ...args: Parameters<IceServerProviderEvents[Name]>
  ): void {
    for (const listener of this.#emitter.listeners(name)) {
      if (!this.#emitter.listeners(name).includes(listener)) continue // taken out by one before it
      this.#emitter.off(name, listener, undefined, true) // if it is there for one event
      try {
        listener(...args)
      } catch (error) {
        report(error)
      }
    }
  }

  /** Tells, each once, that a configuration has ended and that the state is another. */
  protected announce(ended: IceConfiguration | undefined): void {
    if (ended && ended !== this.#announcedEnd) {
      this.#announcedEnd = ended
      this.emit('expired', ended)
    }
    const { state } = this
    if (state === this.#announcedState) return
    this.#announcedState = state
    this.emit('statechange', state)
  }

  protected removeListeners(): void {
    this.#emitter.removeAllListeners()
  }

  #change(verb: 'on' | 'once' | 'off', name: EventName, listener: unknown): this {
    this.#emitter[verb](name, listener as AnyListener)
    this.listenersChanged()
    return this
  }
}

/** Node has no `reportError`, and an uncaught error would end its process. */
function report(error: unknown): void {
  if (typeof reportError === 'function') reportError(error)
  else console.error(error)
}
