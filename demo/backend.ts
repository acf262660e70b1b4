import { getRequestListener } from '@hono/node-server'
import type { Plugin } from 'vite'
import {
  createCloudflareTurn,
  createIceServersHandler,
  createTurnRestCredentials,
  type IceServersSource,
} from '../src/server/index.js'
import { createTrouble } from './trouble.js'
import { startTurnServer, type TurnServer, type TurnServerOptions } from './turn-server.js'

export interface BackendOptions extends TurnServerOptions {
  /** Lifetime of the credentials. @defaultValue 30 */
  ttlSeconds?: number
}

/** Where the demo gets its servers from, and what the page says of it. */
interface DemoSource {
  readonly name: string
  readonly source: IceServersSource
  readonly turn?: TurnServer
}

/** The backend of the demo: the endpoint that gives out credentials, by default for a TURN server of its own. */
export function backend({ ttlSeconds = 30, ...turnOptions }: BackendOptions = {}): Plugin {
  return {
    name: 'turnkeeper-demo-backend',
    async configureServer(server) {
      const { name, source, turn } = await chooseSource(process.env, { atExpiry: 'drop', ...turnOptions })
      const handle = createIceServersHandler({ source, authorize: () => 'demo', ttl: ttlSeconds })
      const trouble = createTrouble(turn)
      server.httpServer?.once('close', () => turn?.stop())
      server.middlewares.use('/api/ice-servers', trouble.answer)
      server.middlewares.use('/api/ice-servers', getRequestListener(handle))
      server.middlewares.use('/api/trouble', trouble.order)
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
  const credentials = createTurnRestCredentials(turn)
  let minted = 0
  return {
    name: 'embedded',
    async source({ ttl }) {
      const answer = await credentials.generateCredentials({ ttl, userId: `demo${++minted}` })
      for (const server of answer.iceServers) turn.admit(server, answer.expiresAt)
      return answer
    },
    turn,
  }
}
