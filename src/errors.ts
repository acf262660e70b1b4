/** The error of the client, with one stable code for each cause. */
import { isObject } from './type-guards.js'

/**
 * The cause of an error, as a stable code. Messages may change between versions, codes do not.
 *
 * - `ERR_REQUEST` — the request could not be made: a mistake in the options or the URL, or an engine that lacks `fetch`;
 *   see `cause`. No request is made until `refresh()`.
 * - `ERR_NETWORK` — no response: offline, DNS, CORS, or the connection closed while the response was read.
 * - `ERR_TIMEOUT` — no complete response within `timeoutMs`.
 * - `ERR_HTTP` — a status other than 2xx, 401 and 403; see `status` and `retryAfterMs`.
 * - `ERR_DENIED` — 401 or 403. No request is made until `refresh()`.
 * - `ERR_RESPONSE` — a response without a readable configuration: not JSON, empty, too large, unknown shape; or one with a
 *   lifetime that was ignored or shortened.
 * - `ERR_ICE_SERVER` — a response with a server that a browser would reject, which was left out, or without a usable one.
 * - `ERR_EXPIRED` — credentials that had already expired when they were received.
 * - `ERR_CREDENTIALS_REJECTED` — a TURN server rejected the credentials; see `url` and `stunCode`.
 * - `ERR_UNREACHABLE` — no TURN server of the current configuration allocates a relay address, so the next endpoint is
 *   requested. Only with several endpoints.
 * - `ERR_QUOTA` — a TURN server allocates no more relay addresses for this user; see `url` and `stunCode`.
 * - `ERR_CONNECTION` — `setConfiguration()` of an attached connection failed or changes nothing for ICE, or its configuration
 *   cannot be read.
 * - `ERR_ICE_RESTART` — an ICE restart of an attached connection could not be requested, or did not complete.
 * - `ERR_ABORTED` — the signal of the call was aborted.
 * - `ERR_CLOSED` — the provider is closed.
 * @group Errors
 */
export type IceServerErrorCode =
  | 'ERR_REQUEST'
  | 'ERR_NETWORK'
  | 'ERR_TIMEOUT'
  | 'ERR_HTTP'
  | 'ERR_DENIED'
  | 'ERR_RESPONSE'
  | 'ERR_ICE_SERVER'
  | 'ERR_EXPIRED'
  | 'ERR_CREDENTIALS_REJECTED'
  | 'ERR_UNREACHABLE'
  | 'ERR_QUOTA'
  | 'ERR_CONNECTION'
  | 'ERR_ICE_RESTART'
  | 'ERR_ABORTED'
  | 'ERR_CLOSED'

/** Codes of errors after which the provider makes no further attempt by itself. */
const FATAL_CODES: readonly IceServerErrorCode[] = ['ERR_REQUEST', 'ERR_DENIED', 'ERR_CLOSED']

/** Maximum number of URLs in a message. */
const MAX_URLS = 4

/** Optional members of an {@link IceServerError}. @group Errors */
export interface IceServerErrorDetails {
  /** HTTP status of the response. */
  status?: number | undefined
  /** The delay that the server requested with `Retry-After`, in ms. */
  retryAfterMs?: number | undefined
  /** URL of the TURN server that rejected the credentials. */
  url?: string | undefined
  /** STUN error code with which it rejected them, such as 401. */
  stunCode?: number | undefined
  /** Whether a retry cannot succeed. @defaultValue `true` for `ERR_REQUEST`, `ERR_DENIED` and `ERR_CLOSED` */
  fatal?: boolean | undefined
  /** The underlying error. It contains no request, header or body. */
  cause?: unknown
}

/**
 * The error class of the client. It contains no credential, no header and no value of a response, unless a function of
 * the application threw one: that is its `cause`.
 *
 * @example
 * ```ts
 * provider.on('error', (error) => {
 *   if (error.code === 'ERR_DENIED') showLogin()
 * })
 * ```
 * @group Errors
 */
export class IceServerError extends Error {
  /** The cause, as a stable code. */
  declare readonly code: IceServerErrorCode
  /** HTTP status of the response, if there was one. */
  declare readonly status: number | undefined
  /** The delay that the server requested with `Retry-After`, in ms. */
  declare readonly retryAfterMs: number | undefined
  /** URL of the TURN server that rejected the credentials. */
  declare readonly url: string | undefined
  /** STUN error code with which it rejected them, such as 401. */
  declare readonly stunCode: number | undefined
  readonly #isFatal: boolean

  constructor(code: IceServerErrorCode, message: string, details: IceServerErrorDetails = {}) {
    super(message, details)
    this.code = code
    this.status = details.status
    this.retryAfterMs = details.retryAfterMs
    this.url = details.url
    this.stunCode = details.stunCode
    this.#isFatal = details.fatal ?? FATAL_CODES.includes(code)
  }

  /** Always `IceServerError`, also in minified code and in other realms. */
  override get name(): string {
    return 'IceServerError'
  }

  /**
   * Whether the provider makes no further attempt by itself: access was denied, the provider is closed, or a mistake of the
   * app has to be corrected first.
   */
  get fatal(): boolean {
    return this.#isFatal
  }
}

/**
 * Returns whether a value is an {@link IceServerError}, also one from another copy of this package or from another
 * realm, where `instanceof` fails.
 * @group Errors
 */
export function isIceServerError(value: unknown): value is IceServerError {
  return isObject(value) && value.name === 'IceServerError'
}

export function closedError(): IceServerError {
  return new IceServerError('ERR_CLOSED', 'the provider is closed')
}

export function abortedError(signal: AbortSignal): IceServerError {
  return new IceServerError('ERR_ABORTED', 'the call was aborted', { cause: signal.reason })
}

export function rejectedError(url: string, stunCode: number): IceServerError {
  const message = `${url} rejected the credentials (${stunCode}): check the TURN secret and the backend's clock`
  return new IceServerError('ERR_CREDENTIALS_REJECTED', message, { url, stunCode })
}

export function unreachableError(
  iceServers: readonly { readonly urls: string | readonly string[] }[],
): IceServerError {
  const urls = iceServers.flatMap((server) => server.urls).slice(0, MAX_URLS)
  const message = `no TURN server allocates a relay address (${urls.join(', ')}): the next endpoint is requested`
  return new IceServerError('ERR_UNREACHABLE', message)
}

export function quotaError(url: string, stunCode: number): IceServerError {
  const message = `${url} allocates no more relay addresses for this user (${stunCode}): allow two for each TURN URL of a connection, because an ICE restart needs the old and the new one`
  return new IceServerError('ERR_QUOTA', message, { url, stunCode })
}
