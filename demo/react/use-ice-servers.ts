import { useCallback, useSyncExternalStore } from 'react'
import type { IceConfiguration, IceServerProvider } from 'turnkeeper'

/**
 * The current configuration of a provider, the same object until the next one; `undefined` while there is none that
 * is valid, and on the server. Keeps the provider refreshing while the component is mounted.
 *
 * @param provider - Made outside of components: one made while rendering is another one at each render.
 */
export function useIceServers(provider: IceServerProvider): IceConfiguration | undefined {
  const subscribe = useCallback((onChange: () => void) => provider.subscribe(onChange), [provider])
  return useSyncExternalStore(
    subscribe,
    () => provider.current,
    () => undefined,
  )
}
