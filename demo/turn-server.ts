import { randomBytes } from 'node:crypto'
import NodeTurn, { type Allocation } from 'node-turn'
import { freeUdpPort } from './free-udp-port.js'

/**
 * How a server treats an allocation whose credentials have ended. `'refuse'`: it lives until its lifetime is over, for
 * no refresh is accepted, as pion and eturnal's strict mode have it. `'drop'`: it is gone at once, as with Cloudflare.
 * `'keep'`: it lives on, and only new ones are refused, as with coturn.
 */
export type AtExpiry = 'refuse' | 'drop' | 'keep'

export interface TurnServerOptions {
  /** @defaultValue `'refuse'` */
  atExpiry?: AtExpiry
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
  /** Changes what becomes of allocations; `'drop'` ends those whose credentials have ended already. */
  setAtExpiry(atExpiry: AtExpiry): void
  /** While it is silent, what clients send is lost, and they are sent nothing. */
  setSilent(isSilent: boolean): void
  /** The usernames for which there was an allocation, in order. */
  allocatedUsernames(): string[]
  stop(): void
}

export async function startTurnServer(options: TurnServerOptions = {}): Promise<TurnServer> {
  const { refusalCode = 401, allocationSeconds = 600 } = options
  let { atExpiry = 'refuse' } = options
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
  const admitted = new Set<string>()
  const ended = new Set<string>()
  refuse(server, refusalCode, (username, method) =>
    atExpiry === 'keep' && method !== 'allocate' ? false : ended.has(username),
  )
  const allocations = followAllocations(server)
  server.start()
  const setSilent = silencer(server)

  const end = (username: string) => {
    admitted.delete(username)
    ended.add(username)
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
    setAtExpiry(next) {
      atExpiry = next
      if (next === 'drop') ended.forEach(allocations.drop)
    },
    setSilent,
    allocatedUsernames: allocations.usernames,
    stop() {
      setSilent(true) // node-turn would send on a closed socket what it is about to send
      allocations.stop()
      server.stop()
    },
  }
}

/** node-turn answers 401 to a user that it does not know. Others answer 400. */
function refuse(
  server: NodeTurn,
  code: number,
  isRefused: (username: string, method: string) => boolean,
): void {
  const { authentification } = server
  const authenticate = authentification.auth.bind(authentification)
  authentification.auth = (message, done) => {
    const username = message.getAttribute('username')
    const password = username === undefined ? undefined : authentification.credentials[username]
    if (username === undefined || (password && !isRefused(username, message.getMethodName()))) {
      return authenticate(message, done)
    }
    if (code === 400) {
      message.reply().reject(code, 'Bad Request')
      return done(new Error('Bad Request'))
    }
    server.removeUser(username)
    authenticate(message, done)
    if (password) server.addUser(username, password)
  }
}

/** Gives the way to keep a server from hearing its clients, and from telling them anything. */
function silencer(server: NodeTurn): (isSilent: boolean) => void {
  let isSilent = false
  for (const socket of server.network.sockets) {
    const emit = socket.emit.bind(socket)
    const { send } = socket
    socket.emit = (event: string, ...values: unknown[]) =>
      isSilent && event === 'message' ? false : emit(event, ...values)
    socket.send = (...values: unknown[]) => {
      if (!isSilent) Reflect.apply(send, socket, values)
    }
  }
  return (wanted) => {
    isSilent = wanted
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
