/** The current ICE servers as a reactive value and a store of Svelte 5. */
import { createSubscriber } from 'svelte/reactivity'
import type { Readable } from 'svelte/store'
import type { IceConfiguration, IceServerProvider } from 'turnkeeper'

/** A reactive value (`ice.current`) that is also a store (`$ice`). */
export interface IceServers extends Readable<IceConfiguration | undefined> {
  readonly current: IceConfiguration | undefined
}

/**
 * Returns the current configuration of a provider, which is `undefined` on the server and while no valid one exists. The
 * object is the same until the next update. The provider refreshes while an effect or a template reads it.
 */
export function iceServers(provider: IceServerProvider): IceServers {
  const isServer = typeof window === 'undefined'
  const read = () => (isServer ? undefined : provider.current)
  const track = createSubscriber((update) => provider.subscribe(update))
  return {
    get current() {
      track()
      return read()
    },
    subscribe(run) {
      run(read())
      return isServer ? () => {} : provider.subscribe(() => run(read()))
    },
  }
}
