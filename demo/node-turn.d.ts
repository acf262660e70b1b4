declare module 'node-turn' {
  import type { Socket } from 'node:dgram'

  class NodeTurn {
    constructor(options: {
      listeningIps: string[]
      relayIps: string[]
      listeningPort: number
      authMech: 'long-term'
      realm: string
      debugLevel: string
    })
    /** By the 5-tuple of the client. */
    readonly allocations: Readonly<Record<string, { readonly sockets: readonly Socket[] }>>
    start(): void
    stop(): void
    addUser(username: string, password: string): void
    removeUser(username: string): void
  }
  export default NodeTurn
}
