/** A LiveKit room whose credentials are kept current. */
import type { Room } from 'livekit-client'
import { createPeerConnectionClass, type IceServerProvider } from 'turnkeeper'

/**
 * Keeps the ICE servers of a room's connections current. Call it before `room.connect()`, and for one room only: it replaces the
 * global class.
 */
export function keepFresh(room: Room, provider: IceServerProvider): void {
  globalThis.RTCPeerConnection = createPeerConnectionClass(provider, {
    // LiveKit does not listen to `negotiationneeded`. This is the offer that it makes itself when it resumes.
    restartIce: () => room.engine.pcManager?.publisher.createAndSendOffer({ iceRestart: true }),
  })
}
