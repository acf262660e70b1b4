/** PeerJS connections whose credentials are kept current. */
import { type DataConnection, Peer, type PeerOptions } from 'peerjs'
import type { IceServerProvider } from 'turnkeeper'
import { keepFreshInBand } from './in-band.js'

/** Creates a peer whose next connection, outgoing or incoming, always starts with current credentials. */
export async function startPeer(provider: IceServerProvider, options: PeerOptions = {}): Promise<Peer> {
  const peer = new Peer({
    ...options,
    config: { ...options.config, iceServers: await provider.getIceServers() },
  })
  // PeerJS reads this configuration at the start of each connection.
  const unsubscribe = provider.subscribe(() => {
    if (provider.current) peer.options.config.iceServers = provider.current.iceServers
  })
  return peer.once('close', unsubscribe)
}

/**
 * Keeps the credentials of a connection current. Both peers call it as soon as the connection is open. The new offers do
 * not use PeerJS's signalling: PeerJS closes a connection when it receives a second offer there.
 */
export function keepFresh(connection: DataConnection, provider: IceServerProvider, isPolite: boolean): void {
  keepFreshInBand(connection.peerConnection, provider, isPolite)
}
