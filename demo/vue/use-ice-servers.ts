/** A Vue composable for the current ICE servers. */
import type { IceConfiguration, IceServerProvider } from 'turnkeeper'
import { type MaybeRefOrGetter, type ShallowRef, shallowRef, toRaw, toValue, watchPostEffect } from 'vue'

/**
 * Returns the current configuration of a provider. It is `undefined` on the server, until the component is mounted, and
 * while no valid one exists. The object is the same until the next update. The provider refreshes until the component or
 * effect scope is disposed of.
 *
 * @param provider - A provider, or a ref or getter that can change to another provider.
 */
export function useIceServers(
  provider: MaybeRefOrGetter<IceServerProvider>,
): Readonly<ShallowRef<IceConfiguration | undefined>> {
  const configuration = shallowRef<IceConfiguration>()
  // A post effect does not run on the server, and runs after hydration on the client: both render the same.
  watchPostEffect((onCleanup) => {
    const source = toRaw(toValue(provider)) // the proxy of a deep `ref` cannot access private fields
    const read = () => {
      configuration.value = source.current
    }
    onCleanup(source.subscribe(read))
    read()
  })
  return configuration
}
