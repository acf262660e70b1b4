import { useEffect, useState } from 'react'
import type { IceServerProvider } from 'turnkeeper'
import { startLoopbackCall } from '../loopback-call.js'

/** What a component shows of a call. */
export interface CallView {
  readonly state: RTCPeerConnectionState
  readonly received?: MediaStream
  readonly problem?: string
}

/**
 * A relay-only call that sends a stream to itself, from when there is a stream until there is none.
 *
 * It asks for the servers once, and leaves new ones to `attach`. An effect that depends on the configuration would
 * hang up at each refresh.
 */
export function useCall(provider: IceServerProvider, stream: MediaStream | undefined): CallView {
  const [view, setView] = useState<CallView>({ state: 'new' })
  useEffect(() => {
    if (!stream) return
    const ending = new AbortController()
    const { signal } = ending
    const change = (part: Partial<CallView>) => {
      if (!signal.aborted) setView((whole) => ({ ...whole, ...part }))
    }
    const fail = ({ message }: Error) => change({ problem: message })
    const begin = async () => {
      const iceServers = await provider.getIceServers({ signal })
      if (signal.aborted) return // between the answer and this line
      const call = startLoopbackCall(iceServers, stream, (received) => change({ received }), fail)
      signal.addEventListener('abort', () => call.close()) // what is closed need not be detached
      call.callee.addEventListener('connectionstatechange', () =>
        change({ state: call.callee.connectionState }),
      )
      provider.attach(call.caller)
      provider.attach(call.callee, { restartIce: 'never' }) // it answers the offers of the caller
    }
    begin().catch(fail)
    return () => {
      ending.abort()
      setView({ state: 'closed' })
    }
  }, [provider, stream])
  return view
}
