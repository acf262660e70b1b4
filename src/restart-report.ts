/** Reports of the ICE restarts that the library requests. */
import type { AttachableConnection } from './attachable-connection.js'
import type { ConnectionExplanation } from './connection-explanation.js'
import type { IceServerError } from './errors.js'

/**
 * Why the library requests an ICE restart: new credentials, rejected credentials, a connection that is `disconnected` or
 * `failed`, or one that receives nothing since the network has changed.
 * @group Live connections
 */
export type RestartCause = 'rotation' | 'rejected' | 'lost' | 'network'

/** A report of an ICE restart: once when it is requested, and once when it has completed or failed. @group Live connections */
export interface RestartReport {
  /** The attached connection. */
  readonly connection: AttachableConnection
  /** Why it was requested. */
  readonly cause: RestartCause
  /** `completed`: the selected pair uses the new candidates. */
  readonly status: 'requested' | 'completed' | 'failed'
  /** Since it was requested, in ms. */
  readonly durationMs?: number
  /** When the credentials of the candidates in use expire, in epoch ms. */
  readonly deadline: number
  /** Which step did not happen. */
  readonly error?: IceServerError
  /** If it has failed: explanation of the connection at that moment, without stats, for which the event does not wait. */
  readonly explanation?: ConnectionExplanation
}
