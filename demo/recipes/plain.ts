import type { IceServerProvider } from 'turnkeeper'

export interface Message {
  readonly description?: RTCSessionDescriptionInit | null | undefined
  readonly candidate?: RTCIceCandidateInit | null
}

/** One end of a call. */
export interface End {
  readonly pc: RTCPeerConnection
  /** Takes in what the other end sent. */
  receive(message: Message): void
}

/** Starts one end of a call whose credentials are kept fresh. Exactly one of the two ends has to be polite. */
export async function startEnd(
  provider: IceServerProvider,
  isPolite: boolean,
  send: (message: Message) => void,
  configuration: RTCConfiguration = {},
): Promise<End> {
  const pc = new RTCPeerConnection({ ...configuration, iceServers: await provider.getIceServers() })
  const receive = negotiate(pc, isPolite, send)
  provider.attach(pc)
  return { pc, receive }
}

/** Perfect negotiation, as W3C webrtc-pc has it in its examples. It knows nothing of the library. */
export function negotiate(pc: RTCPeerConnection, isPolite: boolean, send: (message: Message) => void) {
  let isMakingOffer = false
  let isIgnoringOffer = false
  let received = Promise.resolve()
  pc.addEventListener('icecandidate', ({ candidate }) => send({ candidate: candidate?.toJSON() ?? null }))
  pc.addEventListener('negotiationneeded', async () => {
    isMakingOffer = true
    await pc.setLocalDescription().finally(() => {
      isMakingOffer = false
    })
    send({ description: pc.localDescription?.toJSON() })
  })
  const take = async ({ description, candidate }: Message) => {
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
    received = received.then(() => take(message))
  }
}
