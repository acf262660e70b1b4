/** A composable for the current ICE servers. */
import { type ShallowRef, shallowRef } from 'vue'
import type { IceConfiguration } from '../index.js'
import { type MaybeProvider, toProvider } from './provider.js'
import { watchOnClient } from './watch-on-client.js'

/**
 * Returns the current configuration of a provider: the same object until the next update. `undefined` on a server, until the
 * component is mounted, without a provider, and while no configuration is valid. The provider refreshes until the component or effect
 * scope is disposed of.
 *
 * @example
 * ```ts
 * const provider = new IceServerProvider('/api/ice-servers')
 * const configuration = useIceServers(provider)
 * const count = computed(() => configuration.value?.iceServers.length ?? 0)
 * ```
 */
export function useIceServers(provider: MaybeProvider): Readonly<ShallowRef<IceConfiguration | undefined>> {
  const configuration = shallowRef<IceConfiguration>()
  watchOnClient(
    () => toProvider(provider),
    (source, onCleanup) => {
      const read = () => {
        configuration.value = source?.current
      }
      if (source) onCleanup(source.subscribe(read))
      read()
    },
  )
  return configuration
}
