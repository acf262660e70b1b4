/** A mediasoup-client transport whose credentials are kept current. */
import type { types } from 'mediasoup-client'
import { createPeerConnectionClass, type IceServerProvider } from 'turnkeeper'

/**
 * Creates a transport whose connection has the servers of the provider and is attached to it.
 *
 * @param create - Calls `device.createSendTransport()` or `device.createRecvTransport()`.
 * @param requestIceRestart - Calls `transport.restartIce()` on the server, over the app's signaling, and resolves with
 * the new ICE parameters.
 */
export function createTransport(
  create: () => types.Transport,
  provider: IceServerProvider,
  requestIceRestart: (transportId: string) => Promise<types.IceParameters>,
): types.Transport {
  const { RTCPeerConnection } = globalThis
  let transport: types.Transport
  globalThis.RTCPeerConnection = createPeerConnectionClass(provider, {
    restartIce: async () => transport.restartIce({ iceParameters: await requestIceRestart(transport.id) }),
  })
  try {
    transport = create() // creates its connection at once
  } finally {
    globalThis.RTCPeerConnection = RTCPeerConnection
  }
  return transport
}
