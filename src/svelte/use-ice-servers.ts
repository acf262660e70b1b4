/** The current ICE servers as a reactive value. */
import type { IceConfiguration } from '../index.js'
import { type MaybeProvider, type ReactiveValue, valueOfProvider } from './reactive-value.js'

/**
 * Returns the current configuration of a provider: the same object until the next update. `undefined` on a server, without a provider,
 * and while no configuration is valid. The provider refreshes while a template or an effect reads it.
 *
 * @example
 * ```ts
 * const ice = useIceServers(new IceServerProvider('/api/ice-servers'))
 * const count = () => ice.current?.iceServers.length ?? 0
 * ```
 */
export function useIceServers(provider: MaybeProvider): ReactiveValue<IceConfiguration | undefined> {
  return valueOfProvider(
    provider,
    (source) => source?.current,
    (source, notify) => source.subscribe(notify),
  )
}
