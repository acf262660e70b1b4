import { createSubscriber } from 'svelte/reactivity'
import type { Readable } from 'svelte/store'
import type { IceConfiguration, IceServerProvider } from 'turnkeeper'

/** A reactive value of Svelte 5, read as `ice.current`, that is a store as well, read as `$ice`. */
export interface IceServers extends Readable<IceConfiguration | undefined> {
  readonly current: IceConfiguration | undefined
}

/**
 * The current configuration of a provider, the same object until the next one; `undefined` while there is none that
 * is valid, and on the server. Keeps the provider refreshing while an effect or a template reads it.
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
