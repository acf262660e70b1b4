/** What the check of one URL of a server found out. */

/**
 * - `usable`: the server responded to the binding request (STUN), or allocated a relayed address (TURN).
 * - `rejected`: the server responded with an error, see `stunCode`.
 * - `unreachable`: the host name is unknown, the port is closed, or the connection was closed.
 * - `certificate`: the certificate of the server is not that of the host, has expired, or is not trusted.
 * - `timeout`: no response in time.
 * - `unsupported`: the command cannot check the URL.
 * - `failed`: the response was not usable.
 */
export type UrlVerdict =
  | 'usable'
  | 'rejected'
  | 'unreachable'
  | 'certificate'
  | 'timeout'
  | 'unsupported'
  | 'failed'

/** What the server did with the allocation when its credentials expired. */
export interface ExpiryReport {
  /** As the option `afterExpiry` of the library; `undefined` if it could not be found out. */
  readonly afterExpiry: 'keep' | 'drop' | undefined
  readonly message: string
}

/** A part of the check, in the order in which they ended. */
export interface StepReport {
  readonly name: 'resolve' | 'connect' | 'binding' | 'allocate'
  readonly durationMs: number
}

/** Result of the check of one URL. */
export interface UrlReport {
  readonly url: string
  readonly verdict: UrlVerdict
  /** Explains the verdict. */
  readonly message: string
  readonly steps: readonly StepReport[]
  /** STUN error code with which the server responded. */
  readonly stunCode?: number | undefined
  /** Address of this device as the server sees it. */
  readonly mappedAddress?: string | undefined
  /** Address at which the server relays. */
  readonly relayedAddress?: string | undefined
  /** Family of the relayed address, for STUN of the mapped address. */
  readonly addressFamily?: 'IPv4' | 'IPv6' | undefined
  /** How long the server keeps the allocation without a refresh. */
  readonly lifetimeSeconds?: number | undefined
  /** With `--after-expiry`. */
  readonly expiry?: ExpiryReport | undefined
}
