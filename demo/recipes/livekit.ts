import { EngineEvent, type Room, type RoomConnectOptions, RoomEvent } from 'livekit-client'
import type { IceServerProvider } from 'turnkeeper'

/** Connects a room whose credentials are kept fresh. */
export async function connect(
  room: Room,
  url: string,
  token: string,
  provider: IceServerProvider,
  options: RoomConnectOptions = {},
): Promise<void> {
  const rtcConfig = { ...options.rtcConfig, iceServers: await provider.getIceServers() }
  // The room keeps this very object, and reads it again whenever it reconnects.
  const stop = provider.subscribe(() => {
    if (provider.current) rtcConfig.iceServers = provider.current.iceServers
  })
  room.once(RoomEvent.Disconnected, stop)
  room.engine.on(EngineEvent.TransportsCreated, (publisher) => {
    // LiveKit does not listen to `negotiationneeded`: this is the offer that it makes itself when it reconnects.
    provider.attach(connectionOf(publisher), {
      restartIce: () => publisher.createAndSendOffer({ iceRestart: true }),
    })
  })
  await room.connect(url, token, { ...options, rtcConfig })
}

type Transport = NonNullable<Room['engine']['pcManager']>['publisher']

/** LiveKit keeps it in a private member. */
export function connectionOf(transport: Transport): RTCPeerConnection {
  return (transport as unknown as { readonly _pc: RTCPeerConnection })._pc
}
