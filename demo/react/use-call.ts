/** A React hook for a relayed call that sends a stream back to the same page. */
import { useEffect, useState } from 'react'
import type { IceServerProvider } from 'turnkeeper'
import { type PeerConnectionOptions, usePeerConnection } from 'turnkeeper/react'
import { connectLoopback } from '../loopback-call.js'

/** What a component shows of a call. */
export interface CallView {
  readonly state: RTCPeerConnectionState
  readonly received: MediaStream | undefined
  readonly error: string
}

const CALLER: PeerConnectionOptions = { configuration: { iceTransportPolicy: 'relay' } }
/** The caller makes the offers. */
const CALLEE: PeerConnectionOptions = { ...CALLER, restartIce: 'never' }

/** Runs a relay-only call as long as there is a stream. */
export function useCall(provider: IceServerProvider | undefined, stream: MediaStream | undefined): CallView {
  const caller = usePeerConnection(stream && provider, CALLER)
  const callee = usePeerConnection(stream && provider, CALLEE)
  const [received, setReceived] = useState<MediaStream>()
  const [signalingError, setSignalingError] = useState<Error>()
  useEffect(() => {
    if (!caller.connection || !callee.connection || !stream) return
    connectLoopback(caller.connection, callee.connection, stream, setReceived, setSignalingError)
    return () => {
      setReceived(undefined)
      setSignalingError(undefined)
    }
  }, [caller.connection, callee.connection, stream])
  const error = caller.error ?? callee.error ?? signalingError
  return { state: stream ? callee.connectionState : 'closed', received, error: error?.message ?? '' }
}
