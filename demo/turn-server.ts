/** A TURN server on loopback for the demo and the tests, on top of node-turn. */
import { randomBytes } from 'node:crypto'
import NodeTurn, { type Allocation, type Reply } from 'node-turn'
import { freeUdpPort } from './free-udp-port.js'
import { relayChannels } from './turn-channels.js'

/**
 * How a server treats an allocation whose credentials have expired.
 *
 * - `'reject'`: rejects every request for it, so that it expires with its own lifetime (pion, eturnal in strict mode).
 * - `'drop'`: removes it immediately (Cloudflare).
 * - `'keep'`: accepts its requests and rejects new allocations only (coturn).
 */
export type AtExpiry = 'reject' | 'drop' | 'keep'

export interface TurnServerOptions {
  /** @defaultValue `'reject'` */
  atExpiry?: AtExpiry
  /** The STUN error code for expired credentials. @defaultValue 401 */
  rejectionCode?: 400 | 401
  /** Lifetime of an allocation without a refresh, in seconds. @defaultValue 600 */
  allocationSeconds?: number
  /** Where its relay addresses are. @defaultValue `'127.0.0.1'` */
  relayIp?: string
  /** What it reports in place of `relayIp`, as behind a NAT. */
  externalIp?: string
}

export interface TurnServer {
  readonly urls: string[]
  /** The shared secret that signs the credentials. */
  readonly secret: string
  /** Accepts credentials until they expire at `expiresAt` (epoch ms). No other credentials are accepted. */
  admit(credentials: { username?: string; credential?: string }, expiresAt: number): void
  /** Makes all admitted credentials expire now. */
  revokeAll(): void
  /** Changes how allocations are treated. `'drop'` also removes those whose credentials have expired before. */
  setAtExpiry(atExpiry: AtExpiry): void
  /** While silent, the server ignores incoming packets and sends none. */
  setSilent(isSilent: boolean): void
  /** Returns the usernames of all allocations so far, oldest first. */
  allocatedUsernames(): string[]
  stop(): void
}

export async function startTurnServer(options: TurnServerOptions = {}): Promise<TurnServer> {
  const { rejectionCode = 401, allocationSeconds = 600, relayIp = '127.0.0.1', externalIp } = options
  let { atExpiry = 'reject' } = options
  const port = await freeUdpPort()
  const server = new NodeTurn({
    listeningIps: ['127.0.0.1'],
    relayIps: [relayIp],
    externalIps: externalIp ?? null,
    listeningPort: port,
    authMech: 'long-term',
    realm: 'turnkeeper.demo',
    debugLevel: 'OFF',
    defaultAllocatetLifetime: allocationSeconds,
  })
  // node-turn reads these two when it refreshes an allocation but never sets them: it would drop the allocation.
  Object.assign(server, { maxAllocateTimeout: allocationSeconds, defaultLifetime: allocationSeconds })
  const admitted = new Set<string>()
  const expired = new Set<string>()
  rejectRequests(server, rejectionCode, (username, method) =>
    atExpiry === 'keep' && method !== 'allocate' ? false : expired.has(username),
  )
  const allocations = trackAllocations(server)
  keepAllocations(server)
  server.start()
  relayChannels(server)
  const setSilent = createSilencer(server)

  const expire = (username: string) => {
    admitted.delete(username)
    expired.add(username)
    if (atExpiry === 'drop') allocations.drop(username)
  }
  return {
    urls: [`turn:127.0.0.1:${port}?transport=udp`],
    secret: randomBytes(32).toString('hex'),
    admit({ username = '', credential = '' }, expiresAt) {
      admitted.add(username)
      server.addUser(username, credential)
      setTimeout(() => expire(username), expiresAt - Date.now()).unref()
    },
    revokeAll: () => admitted.forEach(expire),
    setAtExpiry(next) {
      atExpiry = next
      if (next === 'drop') expired.forEach(allocations.drop)
    },
    setSilent,
    allocatedUsernames: allocations.usernames,
    stop() {
      setSilent(true) // node-turn would send pending responses on a closed socket
      allocations.stop()
      server.stop()
    },
  }
}

/** Rejects requests with this STUN error code. node-turn itself knows only 401, for an unknown user. */
function rejectRequests(
  server: NodeTurn,
  code: number,
  isRejected: (username: string, method: string) => boolean,
): void {
  const { authentification } = server
  const authenticate = authentification.auth.bind(authentification)
  authentification.auth = (message, done) => {
    const username = message.getAttribute('username')
    const password = username === undefined ? undefined : authentification.credentials[username]
    if (username === undefined || (password && !isRejected(username, message.getMethodName()))) {
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

/**
 * Keeps the allocation of a client that sends another Allocate request, which node-turn would replace: the client would use an
 * address that is relayed no longer. A retransmission is ignored, because the client receives the response to the first one.
 * Any other one is rejected (RFC 8656 §7.2): Firefox sends it if two servers have the same URL.
 */
function keepAllocations({ allocate, allocations }: NodeTurn): void {
  const handleRequest = allocate.allocate.bind(allocate)
  const transactionIds = new Set<string>()
  allocate.allocate = (request, reply) => {
    if (transactionIds.has(request.transactionID)) return
    transactionIds.add(request.transactionID)
    if (allocations[request.transport.get5Tuple()]) rejectSigned(reply, 437, 'Allocation Mismatch')
    else handleRequest(request, reply)
  }
}

/** Rejects a request that was authenticated: clients ignore an error without MESSAGE-INTEGRITY (RFC 8489 §9.2.5). */
function rejectSigned(reply: Reply, code: number, reason: string): void {
  const addAttribute = reply.addAttribute.bind(reply)
  reply.addAttribute = (name, value) => {
    addAttribute(name, value)
    if (name === 'error-code') addAttribute('message-integrity')
  }
  reply.reject(code, reason)
}

/** Returns a function that makes the server ignore its clients and send them nothing. */
function createSilencer(server: NodeTurn): (isSilent: boolean) => void {
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
  return (silent) => {
    isSilent = silent
  }
}

/** Tracks the allocations. node-turn never closes the sockets of removed ones: it would run out of sockets. */
function trackAllocations(server: NodeTurn) {
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
  const timer = setInterval(sweep, 250).unref()
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
      clearInterval(timer)
      for (const key of Object.keys(server.allocations)) delete server.allocations[key]
      sweep() // closes their sockets, so that late packets are dropped
    },
  }
}
