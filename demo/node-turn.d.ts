/** Types of the members of node-turn that the embedded TURN server uses. */
declare module 'node-turn' {
  import type { Socket } from 'node:dgram'

  export interface Allocation {
    readonly sockets: readonly Socket[]
    readonly user: { readonly username: string }
  }

  interface Message {
    getAttribute(name: string): string | undefined
    getMethodName(): string
    reply(): { reject(code: number, reason: string): void }
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
    readonly network: { readonly sockets: readonly Socket[] }
    start(): void
    stop(): void
    addUser(username: string, password: string): void
    removeUser(username: string): void
  }
  export default NodeTurn
}
