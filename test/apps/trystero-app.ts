/** A call of trystero over a Nostr relay. Its data channel is reliable. */
import { joinRoom } from 'trystero/nostr'
import type { EchoApp } from '../support/echo-apps.js'

function join(appId: string, url: string, rtcConfig: RTCConfiguration, passive: boolean) {
  // Rooms of one `appId` share their connections.
  const room = joinRoom({ appId, relayConfig: { urls: [url] }, rtcConfig, passive }, 'room')
  return { room, numbers: room.makeAction<string>('numbers') }
}

/** Joins a room, and echoes the messages of the others. Passive, so that it makes no connections in advance. */
export function joinTrysteroRoom(appId: string, url: string, configuration: RTCConfiguration): void {
  const { numbers } = join(appId, url, configuration, true)
  numbers.onMessage = (number, { peerId }) => numbers.send(number, { target: peerId })
}

export async function startTrysteroCall(
  configuration: RTCConfiguration,
  url: string,
  joinRemotely: (room: string) => Promise<unknown>,
): Promise<EchoApp> {
  const appId = crypto.randomUUID()
  const { room, numbers } = join(appId, url, configuration, false)
  await joinRemotely(appId)
  const connection = () => Object.values(room.getPeers())[0]
  if (!(await Calls.until(connection, 30_000))) throw new Error('trystero did not connect')
  const pc = connection() as RTCPeerConnection
  return {
    pc,
    errors: [],
    isOpen: () => connection() !== undefined,
    send: (text) => void numbers.send(text).catch(() => {}),
    onMessage(listener) {
      numbers.onMessage = listener
    },
    async addMedia() {
      const { stream } = new AudioContext().createMediaStreamDestination()
      const [track] = stream.getAudioTracks()
      if (track) await Promise.all(room.addTrack(track, stream))
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
