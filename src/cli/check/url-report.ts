/** What the check of one URL of a server found out. */

/**
 * - `usable`: the server responded to the binding request (STUN), or allocated a relayed address (TURN).
 * - `rejected`: the server responded with an error, see `stunCode`.
 * - `unreachable`: the host name is unknown, the connection was refused, or it was closed.
 * - `certificate`: the certificate is not valid for the host name, has expired, or is not trusted.
 * - `timeout`: no response in time.
 * - `unsupported`: the command cannot check the URL.
 * - `failed`: the response was malformed or not signed.
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

/** - `resolve`: DNS. - `connect`: TCP, and TLS. - `binding` and `allocate`: requests and their responses. */
export type StepName = 'resolve' | 'connect' | 'binding' | 'allocate'

/** A step of the check. They are in the order in which they ended. */
export interface StepReport {
  readonly name: StepName
  readonly durationMs: number
  readonly isSuccessful: boolean
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
  /** Error code of Node, such as `ECONNREFUSED`. */
  readonly errorCode?: string | undefined
  /** Address and port to which the server redirected. */
  readonly alternateServer?: string | undefined
  /** Address of this device as the server sees it. */
  readonly mappedAddress?: string | undefined
  /** Address at which the server relays. */
  readonly relayedAddress?: string | undefined
  /** Family of the relayed address, for STUN of the mapped address. */
  readonly addressFamily?: 'IPv4' | 'IPv6' | undefined
  /** How long the server keeps the allocation without a refresh. */
  readonly lifetimeSeconds?: number | undefined
  /** False if the server allocates without credentials, for everybody. */
  readonly isAuthenticated?: boolean | undefined
  /** If the expiry was observed. */
  readonly expiry?: ExpiryReport | undefined
}
