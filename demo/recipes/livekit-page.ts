/** The page of the livekit-client recipe. */
import { Room } from 'livekit-client'
import { keepFresh } from './livekit.js'
import { countMessage, createProvider, relayOnly, sendNumbers, showCall, showError } from './page.js'
import { STAND_IN_URL, startServer } from './stand-in-livekit.js'

async function start(): Promise<void> {
  startServer(await prepareServerConnection(), showError)
  const provider = createProvider()
  let pc: RTCPeerConnection | undefined
  provider.on('attach', (connection) => {
    pc = connection as RTCPeerConnection
  })
  showCall(() => pc)
  const room = new Room()
  keepFresh(room, provider)
  await room.connect(STAND_IN_URL, 'token', { rtcConfig: relayOnly })
  sendNumbers((number) => {
    room.localParticipant.publishData(new TextEncoder().encode(number), { reliable: true }).catch(showError)
  })
}

/** Resolves with a function that creates the connection of the server, which has a provider of its own. Its client makes the offers. */
async function prepareServerConnection(): Promise<() => RTCPeerConnection> {
  const { RTCPeerConnection } = globalThis
  const provider = createProvider()
  const iceServers = await provider.getIceServers()
  return () => {
    const pc = new RTCPeerConnection({ ...relayOnly, iceServers })
    provider.attach(pc, { restartIce: 'never' })
    pc.addEventListener('datachannel', ({ channel }) => channel.addEventListener('message', countMessage))
    return pc
  }
}

start().catch(showError)
