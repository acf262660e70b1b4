/** React hooks for the state and the refreshes of a provider. */
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import type { IceConfiguration, IceServerError, IceServerProvider, ProviderState } from 'turnkeeper'

/** Returns the state of a provider. Does not make it refresh. */
export function useProviderState(provider: IceServerProvider): ProviderState {
  const subscribe = useCallback(
    (onChange: () => void) => {
      provider.on('statechange', onChange)
      return () => {
        provider.off('statechange', onChange)
      }
    },
    [provider],
  )
  return useSyncExternalStore(
    subscribe,
    () => provider.state,
    () => 'idle',
  )
}

/** Counts how often valid credentials were replaced, and returns the error since the last update, if any. */
export function useRefreshes(provider: IceServerProvider): { count: number; error: string } {
  const [refreshes, setRefreshes] = useState({ count: 0, error: '' })
  useEffect(() => {
    const onUpdate = (_: IceConfiguration, previous: IceConfiguration | undefined) =>
      setRefreshes(({ count }) => ({ count: previous ? count + 1 : count, error: '' }))
    const onError = ({ message }: IceServerError) => setRefreshes(({ count }) => ({ count, error: message }))
    provider.on('update', onUpdate).on('error', onError)
    return () => {
      provider.off('update', onUpdate).off('error', onError)
    }
  }, [provider])
  return refreshes
}
