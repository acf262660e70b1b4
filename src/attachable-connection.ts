/** The part of an `RTCPeerConnection` that the library uses, and how it restarts ICE. */
import type { AfterExpiry } from './config/after-expiry.js'
import type { RTCIceServer } from './config/ice-server.js'

/** The members of `RTCConfiguration` that `attach()` and `explain()` read. @group Live connections */
export interface ConnectionConfiguration {
  /** The servers of the connection, also those of the app itself. */
  iceServers?: RTCIceServer[]
  /** Number of candidates that are gathered in advance. */
  iceCandidatePoolSize?: number
  /** Which candidates are used: `relay` or `all`. */
  iceTransportPolicy?: string
}

/**
 * The members of `RTCPeerConnection` that `attach()` and `explain()` use, declared here so that no DOM types are needed. Without the
 * optional members only the configuration is kept current; without `getConfiguration()` that needs the option `configuration`.
 * @group Live connections
 */
export interface AttachableConnection {
  readonly signalingState: string
  readonly iceConnectionState?: string
  readonly iceGatheringState?: string
  readonly connectionState?: string
  readonly localDescription?: { readonly sdp: string } | null
  readonly currentLocalDescription?: { readonly sdp: string } | null
  readonly remoteDescription?: { readonly sdp: string } | null
  getConfiguration?(): ConnectionConfiguration
  setConfiguration(configuration: { iceServers: RTCIceServer[] }): void
  restartIce?(): void
  getStats?(): Promise<{ forEach(callback: (stats: unknown) => void): void }>
  addEventListener?(type: string, listener: (event: unknown) => void): void
  removeEventListener?(type: string, listener: (event: unknown) => void): void
}

/** Argument of a `restartIce` function. @group Live connections */
export interface RestartRequest {
  /**
   * When the credentials in use expire, in epoch ms by the client's clock. The restart has to be complete by then. The
   * time of the call if the expiry is unknown, as it is for servers that the connection had before it was attached.
   */
  readonly deadline: number
}

/**
 * When ICE is restarted, which moves a connection to the current servers:
 *
 * - `'relayed'`: when the servers change, if the connection is relayed, `disconnected` or `failed`.
 * - `'always'`: when the servers change, and whenever the connection is `failed` or cut off.
 * - `'lost'`: only a connection that is `disconnected` or `failed` with replaced servers, `failed` with current ones, or
 *   cut off: it receives nothing since the network has changed.
 * - `'never'`: not at all.
 * - A function: called where `'relayed'` would restart ICE, for apps that have to start a restart themselves, such as
 *   those whose server creates the offers. May be async. If it rejects, it is called again.
 * @group Live connections
 */
export type RestartPolicy<Connection = AttachableConnection> =
  | 'relayed'
  | 'always'
  | 'lost'
  | 'never'
  | ((connection: Connection, request: RestartRequest) => unknown)

/** Options of `attach()`. @expand @group Live connections */
export interface AttachOptions<Connection = AttachableConnection> {
  /** When ICE is restarted. @defaultValue `'relayed'` */
  restartIce?: RestartPolicy<Connection>
  /** What the TURN server of this connection does at expiry. @defaultValue that of the provider */
  afterExpiry?: AfterExpiry
  /**
   * Whether ICE is restarted over a data channel of the library, without the app: for apps and libraries that do not deliver offers
   * during a call. Both peers have to attach the connection with it, before they negotiate. `true` uses it if the app has a data
   * channel, `'always'` adds a data section. @defaultValue `false`
   */
  inBand?: boolean | 'always'
  /**
   * The configuration that the connection was created with, for stacks without `getConfiguration()` such as
   * react-native-webrtc. Its other members are passed to `setConfiguration()` again. The first one that a connection is
   * attached with counts. Not used where there is `getConfiguration()`.
   */
  configuration?: ConnectionConfiguration
}
