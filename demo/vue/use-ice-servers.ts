import type { IceConfiguration, IceServerProvider } from 'turnkeeper'
import { type MaybeRefOrGetter, type ShallowRef, shallowRef, toRaw, toValue, watchPostEffect } from 'vue'

/**
 * The current configuration of a provider, the same object until the next one; `undefined` while there is none that
 * is valid, on the server, and until the component is mounted. Keeps the provider refreshing until the component, or
 * other effect scope, ends. A `ref` or getter may give another provider in its place.
 */
export function useIceServers(
  provider: MaybeRefOrGetter<IceServerProvider>,
): Readonly<ShallowRef<IceConfiguration | undefined>> {
  const configuration = shallowRef<IceConfiguration>()
  // A post effect does not run on the server, and on the client after hydration: both render the same.
  watchPostEffect((onCleanup) => {
    const source = toRaw(toValue(provider)) // private fields are not reached through the proxy of a deep `ref`
    const read = () => {
      configuration.value = source.current
    }
    onCleanup(source.subscribe(read))
    read()
  })
  return configuration
}
