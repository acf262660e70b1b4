import { webRTC } from '@libp2p/webrtc'
import type { Libp2p } from 'libp2p'
import type { IceServerProvider } from 'turnkeeper'
import { keepFreshInBand } from './in-band.js'

type Connection = ReturnType<Libp2p['getConnections']>[number]

/** The transport: libp2p asks for its configuration at the start of each connection, made or taken. */
export const freshWebRTC = (provider: IceServerProvider, configuration: RTCConfiguration = {}) =>
  webRTC({
    rtcConfiguration: async () => ({ ...configuration, iceServers: await provider.getIceServers() }),
  })

/** Keeps the WebRTC connections of a node fresh, if the node at the other end does so, too. */
export function keepFresh(node: Libp2p, provider: IceServerProvider): void {
  node.addEventListener('connection:open', ({ detail: connection }) => {
    const pc = peerConnectionOf(connection)
    if (pc) keepFreshInBand(pc, provider, connection.direction === 'inbound')
  })
}

/** libp2p keeps it in private members, and has closed its signalling by now. Only WebRTC connections have one. */
export function peerConnectionOf(connection: Connection): RTCPeerConnection | undefined {
  const { maConn } = connection as unknown as { maConn?: { peerConnection?: RTCPeerConnection } }
  return maConn?.peerConnection
}
