/** Tests with a connection of its own whether TURN servers can be used. */
import { withTimeout } from '../abortable.js'
import type { RTCIceServer } from '../config/ice-server.js'
import { copyServers, turnAddressesOf } from '../config/server-keys.js'
import { classifyStunError } from '../config/stun-error-codes.js'
import { gatherCandidate } from './gather-candidate.js'

/** A TURN server that needs longer than this is not used for an ICE restart either. */
const ALLOCATION_TIMEOUT_MS = 5000

/**
 * Resolves with whether a TURN server allocates a relay address, or has allocated its quota to this user. Resolves with
 * `true` where that is not known: without TURN servers, and without `RTCPeerConnection`.
 */
export async function canRelay(iceServers: readonly RTCIceServer[]): Promise<boolean> {
  if (turnAddressesOf(iceServers).size === 0 || !globalThis.RTCPeerConnection) return true
  let connection: RTCPeerConnection | undefined
  try {
    connection = new RTCPeerConnection({ iceServers: copyServers(iceServers), iceTransportPolicy: 'relay' })
    connection.createDataChannel('turnkeeper')
    const { candidate, errorCodes } = gatherCandidate(connection, 'relay')
    const relay = await withTimeout(ALLOCATION_TIMEOUT_MS, candidate)
    return Boolean(relay) || errorCodes.some((code) => classifyStunError(code) === 'quota')
  } catch {
    return true // The browser makes no further connection.
  } finally {
    connection?.close()
  }
}
