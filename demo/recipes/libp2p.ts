/** WebRTC connections of js-libp2p whose credentials are kept current. */
import { webRTC } from '@libp2p/webrtc'
import type { Libp2p } from 'libp2p'
import type { IceServerProvider } from 'turnkeeper'

type Connection = ReturnType<Libp2p['getConnections']>[number]

/** Returns the transport. libp2p calls its function at the start of each connection, outgoing or incoming. */
export const freshWebRTC = (provider: IceServerProvider, configuration: RTCConfiguration = {}) =>
  webRTC({
    rtcConfiguration: async () => ({ ...configuration, iceServers: await provider.getIceServers() }),
  })

/** Keeps the credentials of a node's WebRTC connections current. The remote node must call it as well. */
export function keepFresh(node: Libp2p, provider: IceServerProvider): void {
  node.addEventListener('connection:open', ({ detail: connection }) => {
    const pc = peerConnectionOf(connection)
    if (!pc) return
    pc.onicecandidate = null // libp2p has closed its signalling stream
    provider.attach(pc, { inBand: true })
  })
}

/** Returns the `RTCPeerConnection`, which libp2p keeps in private members, or `undefined` for other transports. */
export function peerConnectionOf(connection: Connection): RTCPeerConnection | undefined {
  const { maConn } = connection as unknown as { maConn?: { peerConnection?: RTCPeerConnection } }
  return maConn?.peerConnection
}
