/** The backend of the demo: a vite plugin with the endpoint that issues TURN credentials. */
import { getRequestListener } from '@hono/node-server'
import type { Plugin } from 'vite'
import {
  createCloudflareTurn,
  createIceServersHandler,
  createTurnRestCredentials,
  type IceServersSource,
} from '../src/server/index.js'
import { createSimulatedFailures } from './simulated-failures.js'
import { startTurnServer, type TurnServer, type TurnServerOptions } from './turn-server.js'

export interface BackendOptions extends TurnServerOptions {
  /** Lifetime of the credentials. @defaultValue 30 */
  ttlSeconds?: number
}

/** Where the demo's credentials come from. */
interface DemoSource {
  /** Shown on the page. */
  readonly name: string
  readonly source: IceServersSource
  /** The embedded TURN server, if no other is configured. */
  readonly turn?: TurnServer
}

/** Serves `/api/ice-servers`, by default with credentials for an embedded TURN server. */
export function backend({ ttlSeconds = 30, ...turnOptions }: BackendOptions = {}): Plugin {
  return {
    name: 'turnkeeper-demo-backend',
    async configureServer(server) {
      const { name, source, turn } = await chooseSource(process.env, { atExpiry: 'drop', ...turnOptions })
      const handle = createIceServersHandler({ source, authorize: () => 'demo', ttl: ttlSeconds })
      const failures = createSimulatedFailures(turn)
      server.httpServer?.once('close', () => turn?.stop())
      server.middlewares.use('/api/ice-servers', failures.intercept)
      server.middlewares.use('/api/ice-servers', getRequestListener(handle))
      server.middlewares.use('/api/failures', failures.configure)
      server.middlewares.use('/api/source', (_, response) => response.end(name))
    },
  }
}

async function chooseSource(env: NodeJS.ProcessEnv, options: TurnServerOptions): Promise<DemoSource> {
  const { TURN_KEY_ID: keyId, TURN_KEY_SECRET: keySecret, TURN_SECRET: secret, TURN_URLS: urls } = env
  if (keyId && keySecret) return { name: 'Cloudflare', source: createCloudflareTurn({ keyId, keySecret }) }
  if (secret && urls) {
    return { name: 'coturn', source: createTurnRestCredentials({ secret, urls: urls.split(',') }) }
  }
  const turn = await startTurnServer(options)
  const credentials = createTurnRestCredentials({ secret: turn.secret, urls: turn.urls })
  let issuedCount = 0
  return {
    name: 'embedded',
    async source({ ttl }) {
      const response = await credentials.generateCredentials({ ttl, userId: `demo${++issuedCount}` })
      for (const server of response.iceServers) turn.admit(server, response.expiresAt)
      return response
    },
    turn,
  }
}
