/** Waits for the first servers of a provider. */
import type { IceServerError } from '../errors.js'
import type { IceServerProvider } from '../provider.js'

/** Why the wait has ended. */
export type FirstServersResult = 'received' | 'stopped' | 'timeout'

/**
 * Resolves when the provider has valid servers, when it makes no further attempt by itself, or after the time limit. A failed
 * request does not end the wait, because the provider retries.
 *
 * @param signal - Ends the wait.
 */
export function waitForServers(
  provider: IceServerProvider,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<FirstServersResult> {
  return new Promise((resolve) => {
    const check = () => {
      if (provider.current) end('received')
      else if (signal.aborted || provider.state === 'denied') end('stopped')
    }
    const onError = ({ fatal }: IceServerError) => fatal && end('stopped')
    const end = (result: FirstServersResult) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', check)
      provider.off('update', check).off('error', onError)
      resolve(result)
    }
    const timer = setTimeout(end, timeoutMs, 'timeout')
    signal.addEventListener('abort', check)
    provider.on('update', check).on('error', onError)
    check()
  })
}
