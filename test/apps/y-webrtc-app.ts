/**
 * A call of two Yjs documents with y-webrtc, each of which shows the other one the number it has received last. Its data channel is
 * reliable and ordered: y-webrtc ignores a number that is older than the last one.
 */
import { WebrtcProvider } from 'y-webrtc'
import { Doc } from 'yjs'
import type { EchoApp } from '../support/echo-apps.js'

/** The connection of a room, which y-webrtc declares as `any`: simple-peer's. */
interface RoomConnection {
  readonly connected: boolean
  readonly peer: import('simple-peer').Instance & { readonly _pc: RTCPeerConnection; negotiate(): void }
}

function join(room: string, url: string, config: RTCConfiguration) {
  const provider = new WebrtcProvider(room, new Doc(), {
    signaling: [url],
    peerOpts: { config },
  })
  const connection = (): RoomConnection | undefined =>
    [...(provider.room?.webrtcConns.values() ?? [])].find(({ connected }) => connected)
  return { provider, connection }
}

/** Listens to the numbers of the other documents. */
function onNumber({ awareness }: WebrtcProvider, listener: (number: string) => void) {
  awareness.on('update', ({ added, updated }: { added: number[]; updated: number[] }) => {
    for (const id of [...added, ...updated].filter((id) => id !== awareness.clientID)) {
      const { number } = awareness.getStates().get(id) ?? {}
      if (number !== undefined) listener(number)
    }
  })
}

/** Joins a room, and echoes the numbers of the others. Must be in another origin: pages of one share a `BroadcastChannel`. */
export function joinYjsRoom(room: string, url: string, configuration: RTCConfiguration): void {
  const { provider } = join(room, url, configuration)
  onNumber(provider, (number) => provider.awareness.setLocalStateField('number', number))
}

export async function startYjsCall(
  configuration: RTCConfiguration,
  url: string,
  joinRemotely: (room: string) => Promise<unknown>,
): Promise<EchoApp> {
  const room = crypto.randomUUID()
  const { provider, connection } = join(room, url, configuration)
  // Who is there first makes the offers.
  await Calls.until(() => provider.signalingConns[0]?.connected)
  await joinRemotely(room)
  if (!(await Calls.until(connection, 30_000))) throw new Error('y-webrtc did not connect')
  const { peer } = connection() as RoomConnection
  const errors: string[] = []
  peer.on('error', (error) => errors.push(String(error)))
  return {
    pc: peer._pc,
    errors,
    isOpen: () => connection() !== undefined,
    send: (text) => provider.awareness.setLocalStateField('number', text),
    onMessage: (listener) => onNumber(provider, listener),
    restartIce(pc) {
      pc.restartIce()
      peer.negotiate()
    },
    async canNegotiate() {
      if (peer.destroyed) return false
      peer.addTransceiver('audio', {})
      return Calls.until(() => peer._pc.getTransceivers().every(({ mid }) => mid !== null), 5000)
    },
    close: () => provider.destroy(),
  }
}
