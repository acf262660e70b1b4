import { type DataConnection, type MediaConnection, Peer, type PeerOptions } from 'peerjs'
import type { IceServerProvider } from 'turnkeeper'
import { negotiate } from './plain.js'

/** Any number that PeerJS does not come to by counting up. */
const CHANNEL_ID = 200

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
 * Keeps a connection fresh. Both ends call it as soon as it is open (or its stream is there), and just one of them is
 * polite. PeerJS makes one offer a connection and would close it at a second one: so a channel of its own carries these.
 */
export function keepFresh(
  { peerConnection }: DataConnection | MediaConnection,
  provider: IceServerProvider,
  isPolite: boolean,
): void {
  const channel = peerConnection.createDataChannel('negotiation', { negotiated: true, id: CHANNEL_ID })
  const receive = negotiate(peerConnection, isPolite, (message) => {
    if (channel.readyState === 'open') channel.send(JSON.stringify(message))
  })
  channel.addEventListener('message', ({ data }) => receive(JSON.parse(data)))
  // PeerJS sends candidates until the connection is `completed`; those of a later offer belong after that offer.
  peerConnection.onicecandidate = null
  provider.attach(peerConnection)
}
