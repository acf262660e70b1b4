/** A React hook for a relayed call. */
import { useEffect, useState } from 'react'
import type { IceServerProvider } from 'turnkeeper'
import { startLoopbackCall } from '../loopback-call.js'

/** What a component shows of a call. */
export interface CallView {
  readonly state: RTCPeerConnectionState
  readonly received?: MediaStream
  readonly error?: string
}

/**
 * Runs a relay-only call that sends the stream back to the same page, as long as there is a stream.
 *
 * It fetches the servers once and leaves refreshed ones to `attach`. An effect that depends on the configuration would
 * end the call at every refresh.
 */
export function useCall(provider: IceServerProvider, stream: MediaStream | undefined): CallView {
  const [view, setView] = useState<CallView>({ state: 'new' })
  useEffect(() => {
    if (!stream) return
    const controller = new AbortController()
    const { signal } = controller
    const update = (changes: Partial<CallView>) => {
      if (!signal.aborted) setView((previous) => ({ ...previous, ...changes }))
    }
    const onError = ({ message }: Error) => update({ error: message })
    const start = async () => {
      const iceServers = await provider.getIceServers({ signal })
      if (signal.aborted) return // the component may have been unmounted just after the servers arrived
      const call = startLoopbackCall(iceServers, stream, (received) => update({ received }), onError)
      signal.addEventListener('abort', () => call.close()) // a closed connection need not be detached
      call.callee.addEventListener('connectionstatechange', () =>
        update({ state: call.callee.connectionState }),
      )
      provider.attach(call.caller)
      provider.attach(call.callee, { restartIce: 'never' }) // the caller makes the offers
    }
    start().catch(onError)
    return () => {
      controller.abort()
      setView({ state: 'closed' })
    }
  }, [provider, stream])
  return view
}
