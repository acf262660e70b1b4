/** A provider that exists as long as a component. */
import { type IceServerEndpoint, IceServerProvider, type IceServerProviderOptions } from '../index.js'
import { ChangingValue } from './changing-value.js'
import { type ReactiveValue, watchOnClient } from './reactive-value.js'

/** The arguments of `new IceServerProvider()`. */
export type ProviderArguments = readonly [
  endpoint: IceServerEndpoint | readonly IceServerEndpoint[],
  options?: IceServerProviderOptions,
]

/**
 * Returns a provider that is closed when the component is destroyed. `undefined` on a server and until the component is mounted. When
 * what the arguments read changes, the provider is closed and replaced. To be called while a component is created.
 *
 * @param readArguments - Returns the arguments of `new IceServerProvider()`. Pass what changes during a call, such as a token, by a
 * function like `headers`.
 *
 * @example
 * ```ts
 * const { room }: { room: string } = $props()
 * const provider = useIceServerProvider(() => [`/api/rooms/${room}/ice-servers`])
 * const call = usePeerConnection(() => provider.current)
 * ```
 */
export function useIceServerProvider(
  readArguments: () => ProviderArguments,
): ReactiveValue<IceServerProvider | undefined> {
  const value = new ChangingValue<IceServerProvider | undefined>(undefined)
  watchOnClient(readArguments, (args) => {
    const provider = new IceServerProvider(...args)
    value.set(provider)
    return () => {
      value.set(undefined)
      provider.close()
    }
  })
  return value
}
