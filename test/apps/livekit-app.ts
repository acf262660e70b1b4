/** A room of livekit-client. The server sends every message back. */
import { Room, RoomEvent } from 'livekit-client'
import { STAND_IN_URL, startServer } from '../../demo/recipes/stand-in-livekit.js'
import type { EchoApp } from '../support/echo-apps.js'

export async function startLiveKitCall(
  configuration: RTCConfiguration,
  remoteServers: RTCIceServer[],
  RemoteConnection: typeof RTCPeerConnection,
): Promise<EchoApp> {
  const errors: string[] = []
  startServer(
    () => {
      const remote = new RemoteConnection({ ...configuration, iceServers: remoteServers })
      remote.addEventListener('datachannel', ({ channel }) => {
        channel.binaryType = 'arraybuffer'
        channel.addEventListener('message', ({ data }) => channel.send(data))
      })
      return remote
    },
    (error) => errors.push(String(error)),
  )
  const room = new Room()
  await room.connect(STAND_IN_URL, 'token', { rtcConfig: configuration })
  const { publisher } = room.engine.pcManager ?? {}
  if (!publisher) throw new Error('the room has no connection')
  const { _pc: pc } = publisher as unknown as { readonly _pc: RTCPeerConnection } // only to observe it
  return {
    pc,
    errors,
    isOpen: () => room.state === 'connected' && pc.connectionState === 'connected',
    send(text) {
      const sent = room.localParticipant.publishData(new TextEncoder().encode(text), { reliable: false })
      sent.catch((error) => errors.push(String(error)))
    },
    onMessage: (listener) => room.on(RoomEvent.DataReceived, listener),
    restartIce: () => publisher.createAndSendOffer({ iceRestart: true }),
    canNegotiate: async () => pc.signalingState === 'stable',
    close: () => void room.disconnect(),
  }
}
