import type { RTCIceServer } from '../config/ice-server.js'

/** Servers with fresh credentials, and how long these live. */
export interface IceServersResponse {
  /** Ready for a browser. */
  iceServers: RTCIceServer[]
  /** Lifetime in seconds. */
  ttl: number
  /** Epoch ms. */
  expiresAt: number
}
