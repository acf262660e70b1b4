/** A hook for the state of a provider. */
import { useCallback, useSyncExternalStore } from 'react'
import type { IceServerProvider, ProviderState } from '../index.js'

/**
 * Returns the state of a provider, such as `'denied'` while the user has to sign in. `'idle'` on a server and without a provider.
 * Does not make the provider refresh.
 *
 * @example
 * ```tsx
 * const SignIn = () => (useProviderState(provider) === 'denied' ? <a href="/login">Sign in</a> : null)
 * ```
 */
export function useProviderState(provider: IceServerProvider | undefined): ProviderState {
  const subscribe = useCallback(
    (onChange: () => void) => {
      provider?.on('statechange', onChange)
      return () => {
        provider?.off('statechange', onChange)
      }
    },
    [provider],
  )
  return useSyncExternalStore(
    subscribe,
    () => provider?.state ?? 'idle',
    () => 'idle',
  )
}
