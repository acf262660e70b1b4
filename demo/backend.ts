import { getRequestListener } from '@hono/node-server'
import type { Plugin } from 'vite'
import {
  createCloudflareTurn,
  createIceServersHandler,
  createTurnRestCredentials,
  type IceServersSource,
} from '../src/server/index.js'
import { startTurnServer } from './turn-server.js'

const TTL_SECONDS = 30

/** Where the demo gets its servers from, and what the page says of it. */
interface DemoSource {
  readonly name: string
  readonly source: IceServersSource
  stop?(): void
}

/** The backend of the demo: the endpoint that gives out credentials, by default for a TURN server of its own. */
export function backend(): Plugin {
  return {
    name: 'turnkeeper-demo-backend',
    async configureServer(server) {
      const { name, source, stop } = await chooseSource(process.env)
      const handle = createIceServersHandler({ source, authorize: () => 'demo', ttl: TTL_SECONDS })
      server.httpServer?.once('close', () => stop?.())
      server.middlewares.use('/api/ice-servers', getRequestListener(handle))
      server.middlewares.use('/api/source', (_, response) => response.end(name))
    },
  }
}

async function chooseSource(env: NodeJS.ProcessEnv): Promise<DemoSource> {
  const { TURN_KEY_ID: keyId, TURN_KEY_SECRET: keySecret, TURN_SECRET: secret, TURN_URLS: urls } = env
  if (keyId && keySecret) return { name: 'Cloudflare', source: createCloudflareTurn({ keyId, keySecret }) }
  if (secret && urls) {
    return { name: 'coturn', source: createTurnRestCredentials({ secret, urls: urls.split(',') }) }
  }
  const turn = await startTurnServer()
  const credentials = createTurnRestCredentials(turn)
  return {
    name: 'embedded',
    async source(context) {
      const answer = await credentials.generateCredentials(context)
      for (const server of answer.iceServers) turn.admit(server, answer.expiresAt)
      return answer
    },
    stop: () => turn.stop(),
  }
}
