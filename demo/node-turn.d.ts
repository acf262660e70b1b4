/** Types of the members of node-turn that the embedded TURN server uses. */
declare module 'node-turn' {
  import type { Socket } from 'node:dgram'

  interface Address {
    readonly address: string
    readonly port: number
  }

  export interface Allocation {
    readonly sockets: readonly [Socket, ...Socket[]]
    readonly user: { readonly username: string }
    /** The address of the client. */
    readonly mappedAddress: Address
    /** When the permission for a peer expires (epoch ms), by its IP address. */
    readonly permissions: Readonly<Record<string, number>>
    /** Peers by channel number. */
    readonly channelBindings: Record<number, Address>
  }

  interface Message {
    readonly allocation: Allocation
    readonly transactionID: string
    readonly transport: { get5Tuple(): string }
    getAttribute(name: 'username'): string | undefined
    getAttribute(name: 'channel-number'): number | undefined
    getMethodName(): string
    reply(): Pick<Reply, 'reject'>
  }

  export interface Reply {
    addAttribute(name: string, value?: unknown): void
    resolve(): void
    reject(code: number, reason: string): void
  }

  class NodeTurn {
    constructor(options: {
      listeningIps: string[]
      relayIps: string[]
      /** Reported to clients in place of the relay addresses. */
      externalIps?: string | null
      listeningPort: number
      authMech: 'long-term'
      realm: string
      debugLevel: string
      /** In seconds. node-turn misspells the name. */
      defaultAllocatetLifetime?: number
    })
    /** Indexed by the 5-tuple of the client. */
    readonly allocations: Record<string, Allocation>
    readonly authentification: {
      readonly credentials: Readonly<Record<string, string>>
      auth(message: Message, done: (error: Error | null, reply?: unknown) => void): void
    }
    /** Handles the Allocate requests that are authenticated. */
    readonly allocate: { allocate(request: Message, reply: Reply): void }
    readonly network: { readonly sockets: readonly Socket[] }
    start(): void
    stop(): void
    addUser(username: string, password: string): void
    removeUser(username: string): void
    /** A listener for authenticated requests, before that of node-turn. */
    prependListener(event: 'channel_bind', listener: (request: Message, reply: Reply) => void): void
  }
  export default NodeTurn
}

declare module 'node-turn/lib/channelMessage.js' {
  class ChannelMessage {
    /** Decodes ChannelData. Returns whether the packet is such a message. */
    read(packet: Buffer): boolean
  }
  export default ChannelMessage
}
