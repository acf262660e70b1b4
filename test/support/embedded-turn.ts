/** The demo's embedded TURN server, with credentials for tests. */
import { startTurnServer, type TurnServerOptions } from '../../demo/turn-server.js'
import { createTurnRestCredentials } from '../../src/server/index.js'

/** Starts the embedded TURN server. `mint` issues credentials for it, each with a username of its own. */
export async function startEmbeddedTurn(options: TurnServerOptions = {}) {
  const turn = await startTurnServer(options)
  const credentials = createTurnRestCredentials(turn)
  let issuedCount = 0
  return {
    ...turn,
    async mint(ttlSeconds: number) {
      const issued = await credentials.generateCredentials({
        userId: `user${++issuedCount}`,
        ttl: ttlSeconds,
      })
      for (const server of issued.iceServers) turn.admit(server, issued.expiresAt)
      return issued
    },
  }
}
