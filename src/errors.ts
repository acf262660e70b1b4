/**
 * What went wrong, as a stable code. Messages may change between versions, codes do not.
 *
 * - `ERR_NETWORK` — no answer: offline, DNS, refused, reset, CORS, or the connection broke while answering.
 * - `ERR_TIMEOUT` — no complete answer within `timeoutMs`.
 * - `ERR_HTTP` — an answer with a status other than 2xx, 401 and 403; see `status` and `retryAfterMs`.
 * - `ERR_DENIED` — 401 or 403. Nothing is tried again until `refresh()`.
 * - `ERR_RESPONSE` — an answer without a readable configuration: not JSON, empty, too large, unknown shape.
 * - `ERR_ICE_SERVER` — a configuration with a server that a browser would refuse, or with none left; or a TURN
 *   server refused its credentials, or a connection its configuration.
 * - `ERR_EXPIRED` — credentials that had already expired when they arrived.
 * - `ERR_ABORTED` — the caller's own signal fired.
 * - `ERR_CLOSED` — the provider was closed.
 */
export type IceServerErrorCode =
  | 'ERR_NETWORK'
  | 'ERR_TIMEOUT'
  | 'ERR_HTTP'
  | 'ERR_DENIED'
  | 'ERR_RESPONSE'
  | 'ERR_ICE_SERVER'
  | 'ERR_EXPIRED'
  | 'ERR_ABORTED'
  | 'ERR_CLOSED'

/** What an {@link IceServerError} may carry beside its code and message. */
export interface IceServerErrorDetails {
  /** HTTP status of the answer. */
  status?: number | undefined
  /** How long the server asked to be left alone, in ms. */
  retryAfterMs?: number | undefined
  /** What lies beneath; never something that holds a request, a header or a body. */
  cause?: unknown
}

/**
 * The one error class of the client. It contains no credential, no header and no value of an answer, unless
 * a function of the app's threw one: that is its `cause`.
 *
 * @example
 * ```ts
 * provider.on('error', (error) => {
 *   if (error.code === 'ERR_DENIED') showLogin()
 * })
 * ```
 */
export class IceServerError extends Error {
  /** What to tell errors apart by. */
  declare readonly code: IceServerErrorCode
  /** HTTP status of the answer, if there was one. */
  declare readonly status: number | undefined
  /** How long the server asked to be left alone, in ms. */
  declare readonly retryAfterMs: number | undefined

  constructor(code: IceServerErrorCode, message: string, details: IceServerErrorDetails = {}) {
    super(message, details)
    this.code = code
    this.status = details.status
    this.retryAfterMs = details.retryAfterMs
  }

  /** Always `IceServerError`, also in minified code and in other realms. */
  override get name(): string {
    return 'IceServerError'
  }

  /** True if trying again by itself cannot help: access was denied, or the provider is closed. */
  get fatal(): boolean {
    return /DENIED|CLOSED/.test(this.code)
  }
}

/**
 * Tells whether a value is an {@link IceServerError}, also one from another copy of this package or from
 * another realm, where `instanceof` fails.
 */
export function isIceServerError(value: unknown): value is IceServerError {
  return (value as Partial<IceServerError> | null | undefined)?.name === 'IceServerError'
}

export function closedError(): IceServerError {
  return new IceServerError('ERR_CLOSED', 'the provider is closed')
}

export function abortedError(signal: AbortSignal): IceServerError {
  return new IceServerError('ERR_ABORTED', 'aborted', { cause: signal.reason })
}
