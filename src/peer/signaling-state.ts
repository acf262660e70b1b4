/** The signaling state of a connection. Apps do not see the negotiations of the library in it. */
import type { AttachableConnection } from '../attachable-connection.js'

/** Read the states that are hidden from apps. */
const hiddenStates = new WeakMap<AttachableConnection, () => string>()

/** Returns `signalingState`, also while it is hidden from the app. */
export function signalingStateOf(connection: AttachableConnection): string {
  return hiddenStates.get(connection)?.() ?? connection.signalingState
}

/**
 * Makes a connection `stable` for its app while the library negotiates. Perfect negotiation, for one, ignores offers of the remote
 * peer in other states, because an offer of its own is pending (W3C webrtc-pc §10.7).
 *
 * @returns a function that restores the property.
 */
export function hideSignalingState(
  connection: AttachableConnection,
  isNegotiating: () => boolean,
): () => void {
  // Other code has replaced the property.
  if (Object.getOwnPropertyDescriptor(connection, 'signalingState')) return () => {}
  const prototype = Object.getPrototypeOf(connection)
  const read = () => Reflect.get(prototype, 'signalingState', connection) as string
  hiddenStates.set(connection, read)
  const get = () => {
    const state = read()
    return isNegotiating() && state !== 'closed' ? 'stable' : state
  }
  Object.defineProperty(connection, 'signalingState', { configurable: true, get })
  return () => {
    if (Object.getOwnPropertyDescriptor(connection, 'signalingState')?.get !== get) return
    hiddenStates.delete(connection)
    Reflect.deleteProperty(connection, 'signalingState')
  }
}
