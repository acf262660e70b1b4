import type { IceServerProvider } from 'turnkeeper'
import { negotiate } from './plain.js'

/** A number that no library comes to by counting up, and that both browsers allow. */
const CHANNEL_ID = 200

/**
 * Keeps a connection fresh whose library makes one offer and no second: further ones go over a data channel of the
 * connection itself. Both ends call it when it is connected, and just one of them is polite.
 */
export function keepFreshInBand(pc: RTCPeerConnection, provider: IceServerProvider, isPolite: boolean): void {
  const channel = pc.createDataChannel('negotiation', { negotiated: true, id: CHANNEL_ID })
  const receive = negotiate(pc, isPolite, (message) => {
    if (channel.readyState === 'open') channel.send(JSON.stringify(message))
  })
  channel.addEventListener('message', ({ data }) => receive(JSON.parse(data)))
  pc.onicecandidate = null // the library's: candidates of a later offer have to come after that offer
  provider.attach(pc)
}
