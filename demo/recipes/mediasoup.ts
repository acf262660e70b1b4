import type { types } from 'mediasoup-client'
import type { IceServerProvider } from 'turnkeeper'

/**
 * Keeps a transport fresh. The server takes part: its `transport.restartIce()` gives the new ICE parameters, which the
 * function asks it for by the app's own signalling.
 *
 * @returns the way to stop; a closed transport is forgotten.
 */
export function keepFresh(
  transport: types.Transport,
  provider: IceServerProvider,
  askForRestart: (transportId: string) => Promise<types.IceParameters>,
): () => void {
  return provider.attach(connectionOf(transport), {
    restartIce: async () => transport.restartIce({ iceParameters: await askForRestart(transport.id) }),
  })
}

/** Each handler for browsers keeps its connection in this member. */
export function connectionOf(transport: types.Transport): RTCPeerConnection {
  return (transport.handler as unknown as { readonly _pc: RTCPeerConnection })._pc
}
