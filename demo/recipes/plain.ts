/** A call without a library: perfect negotiation, and credentials that are kept current. */
import type { IceServerProvider } from 'turnkeeper'

export interface Message {
  readonly description?: RTCSessionDescriptionInit | null | undefined
  readonly candidate?: RTCIceCandidateInit | null
}

export interface Peer {
  readonly pc: RTCPeerConnection
  /** Handles a message of the remote peer. */
  receive(message: Message): void
}

/** Starts one peer of a call. Exactly one of the two peers must be polite. */
export async function startPeer(
  provider: IceServerProvider,
  isPolite: boolean,
  send: (message: Message) => void,
  configuration: RTCConfiguration = {},
): Promise<Peer> {
  const pc = new RTCPeerConnection({ ...configuration, iceServers: await provider.getIceServers() })
  const receive = negotiate(pc, isPolite, send)
  provider.attach(pc)
  return { pc, receive }
}

/**
 * Perfect negotiation, as in the examples of W3C webrtc-pc. It does not depend on turnkeeper. Returns a function that
 * handles the messages of the remote peer.
 */
export function negotiate(pc: RTCPeerConnection, isPolite: boolean, send: (message: Message) => void) {
  let isMakingOffer = false
  let isIgnoringOffer = false
  let lastMessage = Promise.resolve()
  pc.addEventListener('icecandidate', ({ candidate }) => send({ candidate: candidate?.toJSON() ?? null }))
  pc.addEventListener('negotiationneeded', async () => {
    isMakingOffer = true
    await pc.setLocalDescription().finally(() => {
      isMakingOffer = false
    })
    send({ description: pc.localDescription?.toJSON() })
  })
  const handle = async ({ description, candidate }: Message) => {
    if (pc.signalingState === 'closed') return
    if (!description) {
      if (!isIgnoringOffer) await pc.addIceCandidate(candidate ?? undefined)
      return
    }
    const isOffer = description.type === 'offer'
    isIgnoringOffer = !isPolite && isOffer && (isMakingOffer || pc.signalingState !== 'stable')
    if (isIgnoringOffer) return
    await pc.setRemoteDescription(description)
    if (!isOffer) return
    await pc.setLocalDescription()
    send({ description: pc.localDescription?.toJSON() })
  }
  return (message: Message): void => {
    lastMessage = lastMessage.then(() => handle(message))
  }
}
