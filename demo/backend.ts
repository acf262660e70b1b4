/** The backend of the demo: a vite plugin with the endpoint that issues TURN credentials. */
import { getRequestListener } from '@hono/node-server'
import type { Plugin } from 'vite'
import {
  createCloudflareTurn,
  createIceServersHandler,
  createTurnRestCredentials,
  type IceServersSource,
} from '../src/server/index.js'
import { pageOf, type Simulation, Simulations } from './simulations.js'
import type { TurnServerOptions } from './turn-server.js'

export interface BackendOptions extends TurnServerOptions {
  /** Lifetime of the credentials when they arrive. @defaultValue 12 */
  ttlSeconds?: number
}

/** Where the demo's credentials come from. */
interface DemoSource {
  /** Shown on the page. */
  readonly name: string
  /** `undefined` for the TURN server that is embedded in the demo. */
  readonly source?: IceServersSource
}

/** Serves `/api/ice-servers`, by default with credentials for an embedded TURN server. */
export function backend({ ttlSeconds = 12, ...turnOptions }: BackendOptions = {}): Plugin {
  return {
    name: 'turnkeeper-demo-backend',
    configureServer(server) {
      const { name, source } = chooseSource(process.env)
      const simulations = new Simulations(source ? undefined : { atExpiry: 'drop', ...turnOptions })
      const handle = createIceServersHandler({
        source: source ?? issueForPages((page) => simulations.of(page)),
        authorize: ({ url }) => `page-${pageOf(url)}`,
        ttl: ttlSeconds + 1, // TURN REST counts from the last whole second
      })
      server.httpServer?.once('close', () => simulations.stop())
      server.middlewares.use('/api/ice-servers', (request, response, next) =>
        simulations.of(pageOf(request.url)).intercept(request, response, next),
      )
      server.middlewares.use('/api/ice-servers', getRequestListener(handle))
      server.middlewares.use('/api/simulation', (request, response) =>
        simulations.configure(request, response),
      )
      server.middlewares.use('/api/source', (_, response) => response.end(name))
    },
  }
}

function chooseSource(env: NodeJS.ProcessEnv): DemoSource {
  const { TURN_KEY_ID: keyId, TURN_KEY_SECRET: keySecret, TURN_SECRET: secret, TURN_URLS: urls } = env
  if (keyId && keySecret) return { name: 'Cloudflare', source: createCloudflareTurn({ keyId, keySecret }) }
  if (secret && urls) {
    return { name: 'coturn', source: createTurnRestCredentials({ secret, urls: urls.split(',') }) }
  }
  return { name: 'embedded' }
}

/** Issues credentials for the embedded TURN server of the page that requests them: `demo1`, `demo2`, and so on. */
function issueForPages(simulationOf: (page: string) => Simulation): IceServersSource {
  const issuedCounts = new WeakMap<Simulation, number>()
  return async ({ ttl, userId }) => {
    const simulation = simulationOf(userId.replace(/^page-/, ''))
    const turn = await simulation.turn
    if (!turn) throw new Error('The page has no embedded TURN server')
    const count = (issuedCounts.get(simulation) ?? 0) + 1
    issuedCounts.set(simulation, count)
    const { secret, urls } = turn
    const credentials = createTurnRestCredentials({ secret, urls })
    const response = await credentials.generateCredentials({ ttl, userId: `demo${count}` })
    // The client receives whole seconds, and its countdown should end when the credentials do.
    const expiresAt = response.expiresAt - ((response.expiresAt - Date.now()) % 1000)
    for (const server of response.iceServers) turn.admit(server, expiresAt)
    return response
  }
}
