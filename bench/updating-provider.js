/** A provider with attached connections, whose credentials change with every refresh. */
import { IceServerProvider } from 'turnkeeper'
import { createFakeConnection } from '../test/support/fake-connection.js'
import { CLOUDFLARE_RESPONSE } from './responses.js'
import { SECOND } from './time.js'

export const createRelayConnection = () => createFakeConnection({ iceTransportPolicy: 'relay' })

export function createUpdatingProvider(connectionCount) {
  let now = Date.now()
  const [stun, turn] = CLOUDFLARE_RESPONSE.iceServers
  const endpoint = () => ({ iceServers: [stun, { ...turn, username: `user-${now}` }], ttl: 3600 })
  const provider = new IceServerProvider(endpoint, { now: () => now })
  const connections = Array.from({ length: connectionCount }, createRelayConnection)
  for (const connection of connections) provider.attach(connection)
  return {
    provider,
    /** Resolves when all connections have the new servers. Timers spread their ICE restarts over later times. */
    update() {
      now += SECOND // the minimum interval between two requests
      return provider.refresh()
    },
    close: () => provider.close(),
  }
}
