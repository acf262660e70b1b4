import { createHmac, randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import NodeTurn from 'node-turn'

/** A TURN server on loopback that knows just the credentials that it has minted, until they end. */
export interface TurnServer {
  /** Mints credentials as the TURN REST draft has them: the username is `expiry:user`. */
  mint(ttlSeconds: number): { urls: string[]; username: string; credential: string }
  stop(): void
}

export async function startTurnServer(): Promise<TurnServer> {
  const secret = randomBytes(32)
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
    mint(ttlSeconds) {
      const username = `${Math.floor(Date.now() / 1000) + ttlSeconds}:${randomBytes(3).toString('hex')}`
      const credential = createHmac('sha1', secret).update(username).digest('base64')
      server.addUser(username, credential)
      setTimeout(() => server.removeUser(username), ttlSeconds * 1000).unref()
      return { urls: [`turn:127.0.0.1:${port}?transport=udp`], username, credential }
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

/** node-turn takes port 0 for its default port, so a free one has to be found first. */
async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  await new Promise<void>((resolve) => socket.close(() => resolve()))
  return port
}
