/** A call of trystero over a Nostr relay. Its data channel is reliable. */
import { joinRoom } from 'trystero/nostr'
import type { EchoApp } from '../support/echo-apps.js'

function join(appId: string, url: string, rtcConfig: RTCConfiguration) {
  // Rooms of one `appId` share their connections.
  const room = joinRoom({ appId, relayConfig: { urls: [url] }, rtcConfig }, 'room')
  return { room, numbers: room.makeAction<string>('numbers') }
}

/** Joins a room, and echoes the messages of the others. */
export function joinTrysteroRoom(appId: string, url: string, configuration: RTCConfiguration): void {
  const { numbers } = join(appId, url, configuration)
  numbers.onMessage = (number, { peerId }) => numbers.send(number, { target: peerId })
}

export async function startTrysteroCall(
  configuration: RTCConfiguration,
  url: string,
  joinRemotely: (room: string) => Promise<unknown>,
): Promise<EchoApp> {
  const appId = crypto.randomUUID()
  const { room, numbers } = join(appId, url, configuration)
  await joinRemotely(appId)
  const connection = () => Object.values(room.getPeers())[0]
  if (!(await Calls.until(connection, 60_000))) throw new Error('trystero did not connect')
  const pc = connection() as RTCPeerConnection
  return {
    pc,
    errors: [],
    isOpen: () => connection() !== undefined,
    send: (text) => void numbers.send(text).catch(() => {}),
    onMessage(listener) {
      numbers.onMessage = listener
    },
    canNegotiate() {
      pc.addTransceiver('audio')
      const isNegotiated = () =>
        pc.signalingState === 'stable' && pc.getTransceivers().every(({ mid }) => mid !== null)
      return Calls.until(isNegotiated, 5000)
    },
    close: () => void room.leave(),
  }
}
