import { IceServerProvider } from 'turnkeeper'
import { createFakeConnection } from './fake-connection.js'
import { CLOUDFLARE_ANSWER } from './responses.js'

/** By a clock of the bench's own, which moves a second an update: no two requests may be closer together. */
const STEP_MS = 1_000

/** A provider that gets other credentials each time it is asked, and connections attached to it. */
export function createUpdatingProvider(connectionCount) {
  let now = Date.now()
  const [stun, turn] = CLOUDFLARE_ANSWER.iceServers
  const answer = () => ({ iceServers: [stun, { ...turn, username: `user-${now}` }], ttl: 3600 })
  const provider = new IceServerProvider(answer, { now: () => now })
  const connections = Array.from({ length: connectionCount }, createFakeConnection)
  for (const connection of connections) provider.attach(connection)
  return {
    provider,
    /** Settles when all connections have the new servers. Their ICE restarts come later, spread by timers. */
    update() {
      now += STEP_MS
      return provider.refresh()
    },
    close: () => provider.close(),
  }
}
