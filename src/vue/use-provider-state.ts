/** A composable for the state of a provider. */
import { type ShallowRef, shallowRef } from 'vue'
import type { ProviderState } from '../index.js'
import { type MaybeProvider, toProvider } from './provider.js'
import { watchOnClient } from './watch-on-client.js'

/**
 * Returns the state of a provider, such as `'denied'` while the user has to sign in. `'idle'` on a server and without a provider.
 * Does not make the provider refresh.
 *
 * @example
 * ```ts
 * const state = useProviderState(provider)
 * watchEffect(() => state.value === 'denied' && showLogin())
 * ```
 */
export function useProviderState(provider: MaybeProvider): Readonly<ShallowRef<ProviderState>> {
  const state = shallowRef<ProviderState>('idle')
  watchOnClient(
    () => toProvider(provider),
    (source, onCleanup) => {
      const read = () => {
        state.value = source?.state ?? 'idle'
      }
      source?.on('statechange', read)
      onCleanup(() => source?.off('statechange', read))
      read()
    },
  )
  return state
}
