/** A mediasoup-client transport whose credentials are kept current. */
import type { types } from 'mediasoup-client'
import type { IceServerProvider } from 'turnkeeper'

/**
 * Keeps the credentials of a transport current. Returns a function that detaches it; a closed transport is detached
 * automatically.
 *
 * @param requestIceRestart - Calls `transport.restartIce()` on the server, over the app's signaling, and resolves with
 * the new ICE parameters.
 */
export function keepFresh(
  transport: types.Transport,
  provider: IceServerProvider,
  requestIceRestart: (transportId: string) => Promise<types.IceParameters>,
): () => void {
  return provider.attach(connectionOf(transport), {
    restartIce: async () => transport.restartIce({ iceParameters: await requestIceRestart(transport.id) }),
  })
}

/** Returns the connection of a transport. Each handler for browsers keeps it in this private member. */
export function connectionOf(transport: types.Transport): RTCPeerConnection {
  return (transport.handler as unknown as { readonly _pc: RTCPeerConnection })._pc
}
