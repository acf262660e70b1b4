/** A composable for a provider that exists as long as a component. */
import { type MaybeRef, type MaybeRefOrGetter, type ShallowRef, shallowRef, toValue, unref } from 'vue'
import { type IceServerEndpoint, IceServerProvider, type IceServerProviderOptions } from '../index.js'
import { watchOnClient } from './watch-on-client.js'

/**
 * Returns a provider that is closed when the component is unmounted, or its effect scope is stopped. `undefined` on a server and until
 * the component is mounted. When the endpoint or the options change, the provider is closed and replaced.
 *
 * @param endpoint - A function is the endpoint itself, not a getter: for a URL that changes, pass a `computed` or another ref.
 * @param options - Pass what changes during a call, such as a token, by a function like `headers`.
 *
 * @example
 * ```ts
 * const props = defineProps<{ room: string }>()
 * const provider = useIceServerProvider(computed(() => `/api/rooms/${props.room}/ice-servers`))
 * const { connection, error } = usePeerConnection(provider)
 * ```
 */
export function useIceServerProvider(
  endpoint: MaybeRef<IceServerEndpoint | readonly IceServerEndpoint[]>,
  options?: MaybeRefOrGetter<IceServerProviderOptions | undefined>,
): Readonly<ShallowRef<IceServerProvider | undefined>> {
  const provider = shallowRef<IceServerProvider>()
  watchOnClient(
    () => [unref(endpoint), toValue(options)] as const,
    (args, onCleanup) => {
      const created = new IceServerProvider(...args)
      provider.value = created
      onCleanup(() => {
        provider.value = undefined
        created.close()
      })
    },
  )
  return provider
}
