/** Values that a template or an effect follows, and functions that follow one. */
import { onMount, untrack } from 'svelte'
import { createSubscriber } from 'svelte/reactivity'
import { toStore } from 'svelte/store'
import type { IceServerProvider } from '../index.js'

/** A value whose `current` a template, an effect or a `$derived` follows. `toStore(() => value.current)` makes it a store. */
export interface ReactiveValue<T> {
  /** The value now. */
  readonly current: T
}

/** A provider, or a getter of one, which may change and may be empty. */
export type MaybeProvider = IceServerProvider | undefined | (() => IceServerProvider | undefined)

/** Returns the provider, or the one that the getter returns now. */
export function toProvider(provider: MaybeProvider): IceServerProvider | undefined {
  return typeof provider === 'function' ? provider() : provider
}

/**
 * Returns a value of a provider that is read anew after each notification.
 *
 * @param subscribe - Called while something follows the value; once for each provider.
 */
export function valueOfProvider<T>(
  provider: MaybeProvider,
  read: (provider: IceServerProvider | undefined) => T,
  subscribe: (provider: IceServerProvider, notify: () => void) => () => void,
): ReactiveValue<T> {
  const trackers = new WeakMap<IceServerProvider, () => void>()
  return {
    get current() {
      const source = isOnServer() ? undefined : toProvider(provider)
      if (!source) return read(undefined)
      const track = trackers.get(source) ?? createSubscriber((notify) => subscribe(source, notify))
      trackers.set(source, track)
      track()
      return read(source)
    },
  }
}

/**
 * Calls back with a value after the component is mounted, and when the value changes. What the callback reads is not tracked. To be called
 * while a component is created.
 *
 * @param callback - Returns a function that cleans up.
 */
export function watchOnClient<T>(read: () => T, callback: (value: T) => () => void): void {
  onMount(() => {
    let watched: { readonly value: T; readonly cleanUp: () => void } | undefined
    const unsubscribe = toStore(read).subscribe((value) => {
      if (watched && watched.value === value) return
      watched?.cleanUp()
      watched = { value, cleanUp: untrack(() => callback(value)) }
    })
    return () => {
      unsubscribe()
      watched?.cleanUp()
    }
  })
}

function isOnServer(): boolean {
  return typeof window === 'undefined'
}
