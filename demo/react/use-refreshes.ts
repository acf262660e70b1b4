/** A React hook for the refreshes of a provider. */
import { useEffect, useState } from 'react'
import type { IceConfiguration, IceServerError, IceServerProvider } from 'turnkeeper'

/** Counts how often valid credentials were replaced, and returns the error since the last update, if any. */
export function useRefreshes(provider: IceServerProvider | undefined): { count: number; error: string } {
  const [refreshes, setRefreshes] = useState({ count: 0, error: '' })
  useEffect(() => {
    const onUpdate = (_: IceConfiguration, previous: IceConfiguration | undefined) =>
      setRefreshes(({ count }) => ({ count: previous ? count + 1 : count, error: '' }))
    const onError = ({ message }: IceServerError) => setRefreshes(({ count }) => ({ count, error: message }))
    provider?.on('update', onUpdate).on('error', onError)
    return () => {
      provider?.off('update', onUpdate).off('error', onError)
    }
  }, [provider])
  return refreshes
}
