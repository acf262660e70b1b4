/** The page of the livekit-client recipe. */
import { Room } from 'livekit-client'
import { connect, connectionOf } from './livekit.js'
import { countMessage, createProvider, relayOnly, sendNumbers, showCall, showError } from './page.js'
import { STAND_IN_URL, startServer } from './stand-in-livekit.js'

async function start(): Promise<void> {
  const provider = createProvider()
  await startServer(provider, countMessage)
  const room = new Room()
  await connect(room, STAND_IN_URL, 'token', provider, { rtcConfig: relayOnly })
  showCall(() => room.engine.pcManager && connectionOf(room.engine.pcManager.publisher))
  sendNumbers((number) => {
    room.localParticipant.publishData(new TextEncoder().encode(number), { reliable: true }).catch(showError)
  })
}

start().catch(showError)
