/** Writes ICE servers to a connection. */
import type { AttachableConnection } from '../attachable-connection.js'
import type { RTCIceServer } from '../config/ice-server.js'
import { areSameServers, replaceServers } from '../config/server-keys.js'

/**
 * Writes the ICE servers in place of those that the provider has issued before. Servers of the application stay, and so
 * does every other member of the configuration: `setConfiguration()` resets omitted members (W3C webrtc-pc, "set a
 * configuration"), and without `iceTransportPolicy` a relay-only connection would expose its addresses. Unchanged
 * servers are not written, because a change makes the next offer an ICE restart.
 *
 * @param issuedKeys - Keys of all servers that the provider has issued, see `urlKeysOf`.
 * @returns whether the servers have changed.
 */
export function writeServers(
  connection: AttachableConnection,
  iceServers: readonly RTCIceServer[],
  issuedKeys: ReadonlySet<string>,
): boolean {
  const configuration = connection.getConfiguration()
  const previous = configuration.iceServers ?? []
  const next = replaceServers(previous, issuedKeys, iceServers)
  if (areSameServers(previous, next)) return false
  connection.setConfiguration({ ...configuration, iceServers: next })
  return true
}
