import { type DataConnection, Peer, type PeerOptions } from 'peerjs'
import type { IceServerProvider } from 'turnkeeper'
import { keepFreshInBand } from './in-band.js'

/** Makes a peer whose next connection, made or taken, always starts with fresh credentials. */
export async function startPeer(provider: IceServerProvider, options: PeerOptions = {}): Promise<Peer> {
  const peer = new Peer({
    ...options,
    config: { ...options.config, iceServers: await provider.getIceServers() },
  })
  // PeerJS reads this configuration at the start of each connection.
  const stop = provider.subscribe(() => {
    if (provider.current) peer.options.config.iceServers = provider.current.iceServers
  })
  return peer.once('close', stop)
}

/**
 * Keeps a connection fresh; both ends call it as soon as it is open. PeerJS closes a connection for which a second offer
 * comes by its server.
 */
export function keepFresh(connection: DataConnection, provider: IceServerProvider, isPolite: boolean): void {
  keepFreshInBand(connection.peerConnection, provider, isPolite)
}
