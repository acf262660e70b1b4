import { randomBytes } from 'node:crypto'
import NodeTurn, { type Allocation } from 'node-turn'
import { freeUdpPort } from './free-udp-port.js'

/** How a server treats an allocation whose credentials have ended. */
export interface TurnServerOptions {
  /**
   * `'refuse'`: it lives until its lifetime is over, for no refresh is accepted, as pion and eturnal's strict mode have
   * it; `'drop'`: it is gone at once, as with Cloudflare. @defaultValue `'refuse'`
   */
  atExpiry?: 'refuse' | 'drop'
  /** By what a request with such credentials is refused. @defaultValue 401 */
  refusalCode?: 400 | 401
  /** How long an allocation lives without a refresh, in seconds. @defaultValue 600 */
  allocationSeconds?: number
}

/** A TURN server on loopback that knows just the credentials that it was told of, until they expire. */
export interface TurnServer {
  readonly urls: string[]
  /** What signs its credentials. */
  readonly secret: string
  /** Lets a credential in until a moment, epoch ms. */
  admit(credentials: { username?: string; credential?: string }, expiresAt: number): void
  /** Ends all credentials that were let in so far. */
  revokeAll(): void
  /** The usernames for which there was an allocation, in order. */
  allocatedUsernames(): string[]
  stop(): void
}

export async function startTurnServer(options: TurnServerOptions = {}): Promise<TurnServer> {
  const { atExpiry = 'refuse', refusalCode = 401, allocationSeconds = 600 } = options
  const port = await freeUdpPort()
  const server = new NodeTurn({
    listeningIps: ['127.0.0.1'],
    relayIps: ['127.0.0.1'],
    listeningPort: port,
    authMech: 'long-term',
    realm: 'turnkeeper.demo',
    debugLevel: 'OFF',
    defaultAllocatetLifetime: allocationSeconds,
  })
  // node-turn reads these two when an allocation is refreshed and never sets them: it would drop it at once.
  Object.assign(server, { maxAllocateTimeout: allocationSeconds, defaultLifetime: allocationSeconds })
  refuseEnded(server, refusalCode)
  const allocations = followAllocations(server)
  server.start()

  const admitted = new Set<string>()
  const end = (username: string) => {
    admitted.delete(username)
    server.removeUser(username)
    if (atExpiry === 'drop') allocations.drop(username)
  }
  return {
    urls: [`turn:127.0.0.1:${port}?transport=udp`],
    secret: randomBytes(32).toString('hex'),
    admit({ username = '', credential = '' }, expiresAt) {
      admitted.add(username)
      server.addUser(username, credential)
      setTimeout(() => end(username), expiresAt - Date.now()).unref()
    },
    revokeAll: () => admitted.forEach(end),
    allocatedUsernames: allocations.usernames,
    stop() {
      allocations.stop()
      server.stop()
    },
  }
}

/** node-turn answers 401 to a user that it does not know. Others answer 400. */
function refuseEnded(server: NodeTurn, code: number): void {
  const { authentification } = server
  const authenticate = authentification.auth.bind(authentification)
  authentification.auth = (message, done) => {
    const username = message.getAttribute('username')
    const isKnown = username === undefined || username in authentification.credentials
    if (isKnown || code === 401) return authenticate(message, done)
    message.reply().reject(code, 'Bad Request')
    done(new Error('Bad Request'))
  }
}

/** Watches the allocations: node-turn forgets them and leaves their sockets open, so that it would run out of them. */
function followAllocations(server: NodeTurn) {
  const open = new Set<Allocation>()
  const usernames: string[] = []
  const sweep = () => {
    const current = new Set(Object.values(server.allocations))
    for (const allocation of open) {
      if (current.has(allocation)) continue
      open.delete(allocation)
      for (const socket of allocation.sockets) socket.close()
    }
    for (const allocation of current) {
      if (!open.has(allocation)) usernames.push(allocation.user.username)
      open.add(allocation)
    }
  }
  const sweeping = setInterval(sweep, 250).unref()
  return {
    usernames() {
      sweep()
      return usernames
    },
    drop(username: string) {
      sweep()
      for (const [key, { user }] of Object.entries(server.allocations)) {
        if (user.username === username) delete server.allocations[key]
      }
      sweep()
    },
    stop() {
      clearInterval(sweeping)
      for (const key of Object.keys(server.allocations)) delete server.allocations[key]
      sweep() // what still comes in has nowhere to go
    },
  }
}
