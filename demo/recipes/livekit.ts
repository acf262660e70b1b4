/** A LiveKit room whose credentials are kept current. */
import type { Room } from 'livekit-client'
import { createPeerConnectionClass, type IceServerProvider } from 'turnkeeper'

/** Keeps the ICE servers of the connections of a room current. Must be called before `room.connect()`, and not for a second room. */
export function keepFresh(room: Room, provider: IceServerProvider): void {
  globalThis.RTCPeerConnection = createPeerConnectionClass(provider, {
    // LiveKit does not listen to `negotiationneeded`. This is the offer that it makes itself when it resumes.
    restartIce: () => room.engine.pcManager?.publisher.createAndSendOffer({ iceRestart: true }),
  })
}
