/** A Vue composable for a relayed call that sends a stream back to the same page. */
import type { IceServerProvider } from 'turnkeeper'
import { type PeerConnectionOptions, usePeerConnection } from 'turnkeeper/vue'
import { computed, type Ref, shallowRef, watch } from 'vue'
import { connectLoopback } from '../loopback-call.js'

const CALLER: PeerConnectionOptions = { configuration: { iceTransportPolicy: 'relay' } }
/** The caller makes the offers. */
const CALLEE: PeerConnectionOptions = { ...CALLER, restartIce: 'never' }

/** Runs a relay-only call as long as there is a stream. */
export function useCall(
  provider: Readonly<Ref<IceServerProvider | undefined>>,
  stream: Readonly<Ref<MediaStream | undefined>>,
) {
  const active = () => stream.value && provider.value
  const caller = usePeerConnection(active, CALLER)
  const callee = usePeerConnection(active, CALLEE)
  const received = shallowRef<MediaStream>()
  const signalingError = shallowRef<Error>()
  watch([caller.connection, callee.connection], ([from, to]) => {
    received.value = signalingError.value = undefined
    if (!from || !to || !stream.value) return
    const onTrack = (track: MediaStream) => {
      received.value = track
    }
    const onError = (error: Error) => {
      signalingError.value = error
    }
    connectLoopback(from, to, stream.value, onTrack, onError)
  })
  return {
    received,
    state: computed(() => (stream.value ? callee.connectionState.value : 'closed')),
    error: computed(() => (caller.error.value ?? callee.error.value ?? signalingError.value)?.message ?? ''),
  }
}
