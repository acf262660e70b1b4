/** The demo's embedded TURN server, with credentials for tests. */
import { startTurnServer, type TurnServerOptions } from '../../demo/turn-server.js'
import { createTurnRestCredentials } from '../../src/server/index.js'

/** Starts the embedded TURN server. `issueCredentials` issues credentials for it, each with a username of its own. */
export async function startEmbeddedTurn(options: TurnServerOptions = {}) {
  const turn = await startTurnServer(options)
  const credentials = createTurnRestCredentials({ secret: turn.secret, urls: turn.urls })
  let issuedCount = 0
  return {
    ...turn,
    async issueCredentials(ttlSeconds: number) {
      const issued = await credentials.generateCredentials({
        userId: `user${++issuedCount}`,
        ttl: ttlSeconds,
      })
      for (const server of issued.iceServers) turn.admit(server, issued.expiresAt)
      return issued
    },
  }
}
