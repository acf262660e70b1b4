/** A hook for the current ICE servers. */
import { useCallback, useSyncExternalStore } from 'react'
import type { IceConfiguration, IceServerProvider } from '../index.js'

/**
 * Returns the current configuration of a provider: the same object until the next update. `undefined` on a server, without a
 * provider, and while no configuration is valid. The provider refreshes while the component is mounted.
 *
 * @example
 * ```tsx
 * const provider = new IceServerProvider('/api/ice-servers') // outside of components, or with useIceServerProvider()
 * const Servers = () => <p>{useIceServers(provider)?.iceServers.length ?? 0} servers</p>
 * ```
 */
export function useIceServers(provider: IceServerProvider | undefined): IceConfiguration | undefined {
  const subscribe = useCallback(
    (onChange: () => void) => provider?.subscribe(onChange) ?? (() => {}),
    [provider],
  )
  return useSyncExternalStore(
    subscribe,
    () => provider?.current,
    () => undefined,
  )
}
