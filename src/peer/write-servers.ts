/** Writes ICE servers to a connection. */
import type { AttachableConnection } from '../attachable-connection.js'
import { areSameServers, type RTCIceServer } from '../config/ice-server.js'

/**
 * Writes the ICE servers and keeps every other member of the configuration. `setConfiguration()` resets omitted members
 * (W3C webrtc-pc, "set a configuration"): without `iceTransportPolicy` a relay-only connection would expose its
 * addresses. Unchanged servers are not written, because a change makes the next offer an ICE restart.
 *
 * @returns whether the servers have changed.
 */
export function writeServers(connection: AttachableConnection, iceServers: RTCIceServer[]): boolean {
  const configuration = connection.getConfiguration()
  if (areSameServers(configuration.iceServers ?? [], iceServers)) return false
  connection.setConfiguration({ ...configuration, iceServers })
  return true
}
