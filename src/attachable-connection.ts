import type { RTCIceServer } from './config/ice-server.js'

/**
 * What is needed of an `RTCPeerConnection` to keep it fresh. Written out, so as to need no DOM types. Without the
 * optional members, as in stand-ins, its configuration is kept fresh and no more is known of it.
 */
export interface AttachableConnection {
  readonly signalingState: string
  readonly iceConnectionState?: string
  readonly localDescription?: { readonly sdp: string } | null
  getConfiguration(): { iceServers?: RTCIceServer[] }
  setConfiguration(configuration: { iceServers: RTCIceServer[] }): void
  restartIce?(): void
  getStats?(): Promise<{ forEach(callback: (stats: unknown) => void): void }>
  addEventListener?(type: string, listener: (event: unknown) => void): void
  removeEventListener?(type: string, listener: (event: unknown) => void): void
}

/** What a `restartIce` function is told. */
export interface RestartRequest {
  /** When the credentials that the connection uses end: it should be restarted by then. Epoch ms by the client's clock. */
  readonly deadline: number
}

/**
 * When to restart ICE, which moves a connection to new servers:
 *
 * - `'relayed'`: after new servers, if the connection is relayed or has lost its way.
 * - `'always'`: after new servers, and whenever it has failed.
 * - `'never'`.
 * - A function, for an app whose server makes the offers: called where `'relayed'` would restart, to bring a
 *   restart about. May be async.
 */
export type RestartPolicy<Connection = AttachableConnection> =
  | 'relayed'
  | 'always'
  | 'never'
  | ((connection: Connection, context: RestartRequest) => unknown)

/** Options of `attach`. */
export interface AttachOptions<Connection = AttachableConnection> {
  /** When to restart ICE. @defaultValue `'relayed'` */
  restartIce?: RestartPolicy<Connection>
}
