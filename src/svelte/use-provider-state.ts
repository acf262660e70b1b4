/** The state of a provider as a reactive value. */
import type { ProviderState } from '../index.js'
import { type MaybeProvider, type ReactiveValue, valueOfProvider } from './reactive-value.js'

/**
 * Returns the state of a provider, such as `'denied'` while the user has to sign in. `'idle'` on a server and without a provider.
 * Does not make the provider refresh.
 *
 * @example
 * ```ts
 * const state = useProviderState(provider)
 * const mustSignIn = () => state.current === 'denied'
 * ```
 */
export function useProviderState(provider: MaybeProvider): ReactiveValue<ProviderState> {
  return valueOfProvider(
    provider,
    (source) => source?.state ?? 'idle',
    (source, notify) => {
      source.on('statechange', notify)
      return () => source.off('statechange', notify)
    },
  )
}
