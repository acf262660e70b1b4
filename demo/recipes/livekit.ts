/** A LiveKit room whose credentials are kept current. */
import { EngineEvent, type Room, type RoomConnectOptions, RoomEvent } from 'livekit-client'
import type { IceServerProvider } from 'turnkeeper'

/** Connects a room with the ICE servers of a provider. */
export async function connect(
  room: Room,
  url: string,
  token: string,
  provider: IceServerProvider,
  options: RoomConnectOptions = {},
): Promise<void> {
  const rtcConfig = { ...options.rtcConfig, iceServers: await provider.getIceServers() }
  // The room keeps this object and reads it again whenever it reconnects.
  const unsubscribe = provider.subscribe(() => {
    if (provider.current) rtcConfig.iceServers = provider.current.iceServers
  })
  room.once(RoomEvent.Disconnected, unsubscribe)
  room.engine.on(EngineEvent.TransportsCreated, (publisher) => {
    // LiveKit does not listen to `negotiationneeded`. This is the offer that it makes itself when it reconnects.
    provider.attach(connectionOf(publisher), {
      restartIce: () => publisher.createAndSendOffer({ iceRestart: true }),
    })
  })
  await room.connect(url, token, { ...options, rtcConfig })
}

type Transport = NonNullable<Room['engine']['pcManager']>['publisher']

/** Returns the connection of a transport, which LiveKit keeps in a private member. */
export function connectionOf(transport: Transport): RTCPeerConnection {
  return (transport as unknown as { readonly _pc: RTCPeerConnection })._pc
}
