/** What `snapshot()` returns: plain data for bug reports, without secrets. */
import type { AttachableConnection } from './attachable-connection.js'
import type { AfterExpiry } from './config/after-expiry.js'
import type { ExpirySource } from './config/expiry.js'
import type { DroppedUrl } from './config/select-servers.js'
import type { ConnectionExplanation } from './connection-explanation.js'
import type { IceServerErrorCode } from './errors.js'
import type { ProviderState } from './events.js'

/** An attached connection, and the state of its ICE restart. */
export interface ConnectionRestart {
  readonly connection: AttachableConnection
  readonly restart: ConnectionReport['restart']
}

/** An attached connection at the moment of a snapshot. @group Diagnostics */
export interface ConnectionReport {
  /** `signalingState` of the connection. */
  readonly signalingState: string
  /** `iceConnectionState` of the connection; `undefined` if it does not have it. */
  readonly iceConnectionState: string | undefined
  /** State of its ICE restart: `current` if it uses the current servers or has not gathered yet. */
  readonly restart: 'current' | 'outdated' | 'queued' | 'requested' | 'offered' | 'checking'
  /** Explanation of the connection, without stats: a snapshot does not wait for them. `explain()` does. */
  readonly explanation: ConnectionExplanation
}

/** A provider at one moment, as plain data that JSON can hold. Contains no credential and no header. @group Diagnostics */
export interface ProviderSnapshot {
  /** State of the provider. */
  readonly state: ProviderState
  /** Whether a request is in flight. */
  readonly isRefreshing: boolean
  /** The moment of the snapshot, in epoch ms. */
  readonly takenAt: number
  /** When the next request is planned, in epoch ms. */
  readonly nextRefreshAt: number | undefined
  /** Why the last refresh failed. The cause is left out: an application's own error can contain anything. */
  readonly lastError: { readonly code: IceServerErrorCode; readonly message: string } | undefined
  /** The configuration, without usernames and credentials. */
  readonly configuration:
    | {
        readonly urls: readonly string[]
        readonly expiresAt: number
        readonly expirySource: ExpirySource
        readonly fetchedAt: number
        readonly afterExpiry: AfterExpiry | undefined
        readonly dropped: readonly DroppedUrl[]
      }
    | undefined
  /** The attached connections that are open. */
  readonly connections: readonly ConnectionReport[]
}
