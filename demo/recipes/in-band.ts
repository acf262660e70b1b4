/** Renegotiation over a data channel, for libraries that make one offer and no second one. */
import type { IceServerProvider } from 'turnkeeper'
import { negotiate } from './plain.js'

/** High enough that no library assigns it, and allowed by both browsers. */
const CHANNEL_ID = 200

/**
 * Keeps the credentials of a connection current. Further offers are sent over a data channel of the connection itself.
 * Both peers call it once they are connected, and exactly one of them is polite.
 */
export function keepFreshInBand(pc: RTCPeerConnection, provider: IceServerProvider, isPolite: boolean): void {
  const channel = pc.createDataChannel('negotiation', { negotiated: true, id: CHANNEL_ID })
  const receive = negotiate(pc, isPolite, (message) => {
    if (channel.readyState === 'open') channel.send(JSON.stringify(message))
  })
  channel.addEventListener('message', ({ data }) => receive(JSON.parse(data)))
  pc.onicecandidate = null // the library would send candidates ahead of the offer that they belong to
  provider.attach(pc)
}
