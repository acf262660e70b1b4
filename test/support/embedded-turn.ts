import { startTurnServer, type TurnServerOptions } from '../../demo/turn-server.js'
import { createTurnRestCredentials } from '../../src/server/index.js'

/** The embedded TURN server, with what mints for it; each credential has a username of its own. */
export async function startEmbeddedTurn(options: TurnServerOptions = {}) {
  const turn = await startTurnServer(options)
  const credentials = createTurnRestCredentials(turn)
  let minted = 0
  return {
    ...turn,
    async mint(ttl: number) {
      const answer = await credentials.generateCredentials({ userId: `user${++minted}`, ttl })
      for (const server of answer.iceServers) turn.admit(server, answer.expiresAt)
      return answer
    },
  }
}
