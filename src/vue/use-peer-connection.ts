/** A composable for a connection that a provider keeps supplied with servers. */
import { type MaybeRefOrGetter, type ShallowRef, shallowRef, toValue } from 'vue'
import {
  NO_CONNECTION,
  type OpenConnection,
  openConnection,
  type PeerConnectionOptions,
  type PeerConnectionResult,
} from '../bindings/open-connection.js'
import { type MaybeProvider, toProvider } from './provider.js'
import { watchOnClient } from './watch-on-client.js'

/** What `usePeerConnection()` returns: a ref for each member, so that they can be destructured. */
export type PeerConnectionRefs = {
  readonly [Name in keyof PeerConnectionResult]: Readonly<ShallowRef<PeerConnectionResult[Name]>>
}

/**
 * Creates an `RTCPeerConnection` with the servers of a provider as soon as there are some, keeps it attached, and closes it when the
 * component is unmounted or the provider changes. A provider that becomes `undefined` hangs up.
 *
 * Watch `connection` to add tracks and do the signaling. Changed options attach the connection anew, and do not end the call.
 *
 * @example
 * ```ts
 * const { connection, connectionState, error } = usePeerConnection(provider, { restartIce: 'always' })
 * watch(connection, (pc) => pc?.createDataChannel('chat'))
 * ```
 */
export function usePeerConnection(
  provider: MaybeProvider,
  options?: MaybeRefOrGetter<PeerConnectionOptions | undefined>,
): PeerConnectionRefs {
  const connection = shallowRef(NO_CONNECTION.connection)
  const connectionState = shallowRef(NO_CONNECTION.connectionState)
  const error = shallowRef(NO_CONNECTION.error)
  const setResult = (result: PeerConnectionResult) => {
    connection.value = result.connection
    connectionState.value = result.connectionState
    error.value = result.error
  }
  let open: OpenConnection | undefined
  watchOnClient(
    () => toProvider(provider),
    (source, onCleanup) => {
      if (!source) return
      const opened = openConnection(source, toValue(options) ?? {}, setResult)
      open = opened
      onCleanup(() => {
        open = undefined
        opened.close()
        setResult(NO_CONNECTION)
      })
    },
  )
  watchOnClient(
    () => toValue(options) ?? {},
    (newOptions) => open?.setOptions(newOptions),
  )
  return { connection, connectionState, error }
}
