import type { Plugin } from 'vite'
import { startTurnServer, type TurnServer } from './turn-server.js'

const TTL_SECONDS = 30

/** The backend of the demo: a TURN server of its own, and the endpoint that gives out credentials for it. */
export function backend(): Plugin {
  return {
    name: 'turnkeeper-demo-backend',
    async configureServer(server) {
      const turn: TurnServer = await startTurnServer()
      server.httpServer?.once('close', () => turn.stop())
      server.middlewares.use('/api/ice-servers', (_, response) => {
        response.setHeader('Content-Type', 'application/json')
        response.setHeader('Cache-Control', 'no-store')
        response.end(JSON.stringify({ iceServers: [turn.mint(TTL_SECONDS)], ttl: TTL_SECONDS }))
      })
    },
  }
}
