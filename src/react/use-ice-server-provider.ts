/** A hook for a provider that exists as long as a component. */
import { useEffect, useState } from 'react'
import { type IceServerEndpoint, IceServerProvider, type IceServerProviderOptions } from '../index.js'
import { followOptions, keyOf, withNewestFunctions } from './stable-options.js'
import { useNewest } from './use-newest.js'

/**
 * Returns a provider that is closed when the component is unmounted. `undefined` on a server and in the first render. A provider
 * that several components use is passed down, as a prop or by a context.
 *
 * The arguments may be written inline. When one of their values changes, the provider is closed and replaced. Functions count as the
 * same, and the newest one is called: pass what changes during a call, such as a token, by a function. `initialResponse` is read once.
 *
 * @throws TypeError like the constructor, in an effect: the nearest error boundary catches it.
 *
 * @example
 * ```tsx
 * function Room({ id, token }: { id: string; token: string }) {
 *   const provider = useIceServerProvider(`/api/rooms/${id}/ice-servers`, {
 *     headers: () => ({ Authorization: `Bearer ${token}` }),
 *   })
 *   const { connection, error } = usePeerConnection(provider)
 *   return <p>{error?.message ?? connection?.connectionState}</p>
 * }
 * ```
 */
export function useIceServerProvider(
  endpoint: IceServerEndpoint | readonly IceServerEndpoint[],
  options: IceServerProviderOptions = {},
): IceServerProvider | undefined {
  const [created, setCreated] = useState<{ readonly key: string; readonly provider: IceServerProvider }>()
  const key = keyOf(endpoint, { ...options, initialResponse: undefined })
  const newest = useNewest({ endpoint, options })
  useEffect(() => {
    const provider = new IceServerProvider(
      withNewestFunctions(newest.current.endpoint, () => newest.current.endpoint),
      followOptions(newest.current.options, () => newest.current.options),
    )
    setCreated({ key, provider })
    return () => provider.close()
  }, [key, newest])
  return created?.key === key ? created.provider : undefined
}
