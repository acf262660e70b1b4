import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import type { IceConfiguration, IceServerError, IceServerProvider, ProviderState } from 'turnkeeper'

/** The state of a provider. To look at it does not keep it refreshing. */
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

/** How often this component saw valid credentials replaced, and what went wrong since it last did. */
export function useRefreshes(provider: IceServerProvider): { count: number; problem: string } {
  const [refreshes, setRefreshes] = useState({ count: 0, problem: '' })
  useEffect(() => {
    const onUpdate = (_: IceConfiguration, previous: IceConfiguration | undefined) =>
      setRefreshes(({ count }) => ({ count: previous ? count + 1 : count, problem: '' }))
    const onError = ({ message }: IceServerError) =>
      setRefreshes(({ count }) => ({ count, problem: message }))
    provider.on('update', onUpdate).on('error', onError)
    return () => {
      provider.off('update', onUpdate).off('error', onError)
    }
  }, [provider])
  return refreshes
}
