/** What an attachment reports, and what it needs from all attachments of a provider. */
import type { AttachOptions } from '../attachable-connection.js'
import type { AfterExpiry } from '../config/after-expiry.js'
import type { IceServerError } from '../errors.js'
import type { RestartReport } from '../restart-report.js'

/** Callbacks of an attachment. */
export interface AttachmentHandlers {
  onError(error: IceServerError): void
  /** Called when an ICE restart of the library is requested, and when it has completed or failed. */
  onRestart(report: RestartReport): void
  /** Called when `iceConnectionState` changes. */
  onIceStateChange(): void
  /** Called when the TURN servers may not be reachable: one did not respond, or a connection is lost. */
  onServersInDoubt(): void
  /** Called when the TURN server has dropped an allocation although it was assumed to keep it. */
  onDropped(): void
  /** What the TURN server does with live allocations at expiry, given the connection's own options; `undefined` if nothing says it. */
  afterExpiryOf(options: readonly (AfterExpiry | undefined)[]): AfterExpiry | undefined
  /** Whether a server with this key (see `urlKeysOf`) is one of the provider's current ones. */
  readonly isCurrentServer: (key: string) => boolean
  /** Called when a TURN server of the connection rejects the credentials. */
  onCredentialsRejected(url: string, stunCode: number): void
  /** Called when a TURN server of the connection has reached its allocation quota for this user. */
  onQuotaReached(url: string, stunCode: number): void
  /** Reserves the next restart slot, so that connections do not gather at the same time. Returns monotonic ms. */
  reserveRestartSlot(): number
}

/** Options of `attach()` with the defaults in place. */
export type ResolvedAttachOptions = AttachOptions & Required<Pick<AttachOptions, 'restartIce' | 'inBand'>>
