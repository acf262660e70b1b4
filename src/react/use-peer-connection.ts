/** A hook for a connection that a provider keeps supplied with servers. */
import { type RefObject, useEffect, useRef, useState } from 'react'
import {
  NO_CONNECTION,
  type OpenConnection,
  openConnection,
  type PeerConnectionOptions,
  type PeerConnectionResult,
} from '../bindings/open-connection.js'
import type { IceServerProvider } from '../index.js'
import { followOptions, keyOf } from './stable-options.js'
import { useNewest } from './use-newest.js'

/**
 * Creates an `RTCPeerConnection` with the servers of a provider as soon as there are some, keeps it attached, and closes it when the
 * component is unmounted or gets another provider. Pass `undefined` as the provider to hang up.
 *
 * Your effect with the dependency `connection` adds tracks and does the signaling. Options may be written inline: changed values
 * attach the connection anew, and do not end the call.
 *
 * @example
 * ```tsx
 * function Call({ stream }: { stream: MediaStream }) {
 *   const { connection, connectionState, error } = usePeerConnection(provider, { restartIce: 'always' })
 *   useEffect(() => {
 *     if (connection) for (const track of stream.getTracks()) connection.addTrack(track, stream)
 *   }, [connection, stream])
 *   return <p>{error?.message ?? connectionState}</p>
 * }
 * ```
 */
export function usePeerConnection(
  provider: IceServerProvider | undefined,
  options: PeerConnectionOptions = {},
): PeerConnectionResult {
  const [state, setState] = useState({ provider, result: NO_CONNECTION })
  const open = useRef<OpenConnection>(undefined)
  const newest = useNewest(options)
  useEffect(() => {
    if (!provider) return
    const onChange = (result: PeerConnectionResult) => setState({ provider, result })
    const opened = openConnection(provider, newestOptions(newest), onChange)
    open.current = opened
    return () => {
      open.current = undefined
      opened.close()
      onChange(NO_CONNECTION)
    }
  }, [provider, newest])

  // Not the configuration: a connection has that with which it was created.
  const attachKey = keyOf({ ...options, configuration: undefined })
  useEffect(() => {
    if (attachKey) open.current?.setOptions(newestOptions(newest))
  }, [attachKey, newest])

  return state.provider === provider ? state.result : NO_CONNECTION
}

function newestOptions(newest: RefObject<PeerConnectionOptions>): PeerConnectionOptions {
  return followOptions(newest.current, () => newest.current)
}
