/** PeerJS connections whose credentials are kept current. */
import { createPeerConnectionClass, type IceServerProvider } from 'turnkeeper'

/**
 * Makes PeerJS use the provider for all its connections, outgoing and incoming: it creates them with the global class. Both peers
 * need it, once in each page.
 */
export function keepFresh(provider: IceServerProvider): void {
  globalThis.RTCPeerConnection = createPeerConnectionClass(provider, { inBand: true, otherServers: 'remove' })
}
