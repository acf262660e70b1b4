import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:dgram'
import NodeTurn from 'node-turn'
import { freeUdpPort } from './free-udp-port.js'

/** A TURN server on loopback that knows just the credentials that it was told of, until they expire. */
export interface TurnServer {
  readonly urls: string[]
  /** What signs its credentials. */
  readonly secret: string
  /** Lets a credential in until a moment, epoch ms. */
  admit(credentials: { username?: string; credential?: string }, expiresAt: number): void
  stop(): void
}

export async function startTurnServer(): Promise<TurnServer> {
  const port = await freeUdpPort()
  const server = new NodeTurn({
    listeningIps: ['127.0.0.1'],
    relayIps: ['127.0.0.1'],
    listeningPort: port,
    authMech: 'long-term',
    realm: 'turnkeeper.demo',
    debugLevel: 'OFF',
  })
  // node-turn reads these two when an allocation is refreshed and never sets them: it would drop it at once.
  Object.assign(server, { maxAllocateTimeout: 3600, defaultLifetime: 600 })
  server.start()
  const stopSweeping = closeOrphans(server)

  return {
    urls: [`turn:127.0.0.1:${port}?transport=udp`],
    secret: randomBytes(32).toString('hex'),
    admit({ username = '', credential = '' }, expiresAt) {
      server.addUser(username, credential)
      setTimeout(() => server.removeUser(username), expiresAt - Date.now()).unref()
    },
    stop() {
      stopSweeping()
      server.stop()
    },
  }
}

/** node-turn forgets an allocation and leaves its sockets open; a demo that rotates for hours would run out. */
function closeOrphans(server: NodeTurn): () => void {
  const open = new Set<{ sockets: readonly Socket[] }>()
  const sweep = () => {
    const current = new Set(Object.values(server.allocations))
    for (const allocation of open) {
      if (current.has(allocation)) continue
      open.delete(allocation)
      for (const socket of allocation.sockets) socket.close()
    }
    for (const allocation of current) open.add(allocation)
  }
  const sweeping = setInterval(sweep, 1000).unref()
  return () => clearInterval(sweeping)
}
