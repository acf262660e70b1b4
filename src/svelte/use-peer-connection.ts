/** A connection that a provider keeps supplied with servers, as reactive values. */
import {
  NO_CONNECTION,
  type OpenConnection,
  openConnection,
  type PeerConnectionOptions,
  type PeerConnectionResult,
} from '../bindings/open-connection.js'
import { ChangingValue } from './changing-value.js'
import { type MaybeProvider, toProvider, watchOnClient } from './reactive-value.js'

/**
 * Creates an `RTCPeerConnection` with the servers of a provider as soon as there are some, keeps it attached, and closes it when the
 * component is destroyed or the provider changes. A provider that becomes `undefined` hangs up. To be called while a component is created.
 *
 * Add tracks and do the signaling in an `$effect` that reads `connection`. Do not destructure the result. Changed options attach the
 * connection anew, and do not end the call.
 *
 * @example
 * ```ts
 * const call = usePeerConnection(provider, () => ({ restartIce: 'always' }))
 * $effect(() => {
 *   call.connection?.createDataChannel('chat')
 * })
 * ```
 */
export function usePeerConnection(
  provider: MaybeProvider,
  options: PeerConnectionOptions | (() => PeerConnectionOptions) = {},
): PeerConnectionResult {
  const readOptions = () => (typeof options === 'function' ? options() : options)
  // One for each member, so that an effect that reads the connection does not run again for each of its states.
  const connection = new ChangingValue(NO_CONNECTION.connection)
  const connectionState = new ChangingValue(NO_CONNECTION.connectionState)
  const error = new ChangingValue(NO_CONNECTION.error)
  const setResult = (result: PeerConnectionResult) => {
    connection.set(result.connection)
    connectionState.set(result.connectionState)
    error.set(result.error)
  }
  let open: OpenConnection | undefined
  watchOnClient(
    () => toProvider(provider),
    (source) => {
      if (!source) return () => {}
      const opened = openConnection(source, readOptions(), setResult)
      open = opened
      return () => {
        open = undefined
        opened.close()
        setResult(NO_CONNECTION)
      }
    },
  )
  watchOnClient(readOptions, (newOptions) => {
    open?.setOptions(newOptions)
    return () => {}
  })
  return {
    get connection() {
      return connection.current
    },
    get connectionState() {
      return connectionState.current
    },
    get error() {
      return error.current
    },
  }
}
