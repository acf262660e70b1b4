/** The shape in which sources return credentials. */
import type { AfterExpiry } from '../config/after-expiry.js'
import type { RTCIceServer } from '../config/ice-server.js'

/** ICE servers with new credentials, and their lifetime. @group Server: handler */
export interface IceServersResponse {
  /** Servers that `RTCPeerConnection` accepts. */
  iceServers: RTCIceServer[]
  /** Lifetime in seconds. */
  ttl: number
  /** When the credentials expire, in epoch ms. */
  expiresAt: number
  /** What the TURN server does with live allocations at expiry, if that is known. */
  afterExpiry?: AfterExpiry
}
