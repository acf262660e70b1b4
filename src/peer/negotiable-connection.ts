/** A browser's `RTCPeerConnection`, as far as it takes part in a negotiation. */
import type { AttachableConnection } from '../attachable-connection.js'

/** An SDP offer or answer. */
export interface Description {
  readonly type?: string
  readonly sdp?: string
}

/** The members that a restart uses. */
export interface NegotiableConnection extends AttachableConnection {
  createOffer(...args: unknown[]): Promise<Description>
  setLocalDescription(description?: Description, ...callbacks: unknown[]): Promise<unknown>
  setRemoteDescription(description: Description, ...callbacks: unknown[]): Promise<unknown>
  addIceCandidate(...args: unknown[]): Promise<unknown>
  restartIce(): void
  onnegotiationneeded?: ((event: Event) => unknown) | null
  addEventListener(type: string, listener: (event: unknown) => void): void
  removeEventListener(type: string, listener: (event: unknown) => void): void
  dispatchEvent(event: Event): boolean
}

/**
 * Returns whether a connection is a browser's own. react-native-webrtc is not, although it can be the global: it has no
 * `getConfiguration()`, and React Native has no `Event`. What `restartIce()` does in one of another realm, of a library or of
 * another stack is unknown.
 */
export function isNegotiable(connection: AttachableConnection): connection is NegotiableConnection {
  const { RTCPeerConnection } = globalThis as { RTCPeerConnection?: { prototype: AttachableConnection } }
  return (
    typeof connection.restartIce === 'function' &&
    typeof connection.getConfiguration === 'function' &&
    connection.restartIce === RTCPeerConnection?.prototype.restartIce
  )
}
