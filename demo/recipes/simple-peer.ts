/** A simple-peer connection whose credentials are kept current. */
import SimplePeer from 'simple-peer/simplepeer.min.js'
import { createPeerConnectionClass, type IceServerProvider } from 'turnkeeper'

/** Starts one peer of a call. Both peers need it. */
export function startPeer(
  provider: IceServerProvider,
  options: SimplePeer.Options = {},
): SimplePeer.Instance {
  const RTCPeerConnection = createPeerConnectionClass(provider, { inBand: true })
  const { RTCIceCandidate, RTCSessionDescription } = globalThis
  return new SimplePeer({ ...options, wrtc: { RTCPeerConnection, RTCIceCandidate, RTCSessionDescription } })
}
