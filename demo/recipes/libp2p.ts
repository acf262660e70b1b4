/** WebRTC connections of js-libp2p whose credentials are kept current. */
import { createPeerConnectionClass, type IceServerProvider } from 'turnkeeper'

/**
 * Resolves with the transport. Both nodes need it. js-libp2p reads the global class once, when it is loaded, so it is loaded after
 * the class has been replaced.
 */
export async function loadWebRTC(provider: IceServerProvider, rtcConfiguration: RTCConfiguration = {}) {
  globalThis.RTCPeerConnection = createPeerConnectionClass(provider, { inBand: true, otherServers: 'remove' })
  const { webRTC } = await import('@libp2p/webrtc')
  return webRTC({ rtcConfiguration })
}
