/** A React hook for the current ICE servers. */
import { useCallback, useSyncExternalStore } from 'react'
import type { IceConfiguration, IceServerProvider } from 'turnkeeper'

/**
 * Returns the current configuration of a provider, or `undefined` on the server and while no valid one exists. The object
 * is the same until the next update. The provider refreshes while the component is mounted.
 *
 * @param provider - Create it outside of components: one created while rendering would be a new one in every render.
 */
export function useIceServers(provider: IceServerProvider): IceConfiguration | undefined {
  const subscribe = useCallback((onChange: () => void) => provider.subscribe(onChange), [provider])
  return useSyncExternalStore(
    subscribe,
    () => provider.current,
    () => undefined,
  )
}
