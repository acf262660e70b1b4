/** Errors of a request, without anything that was sent or received. */
import { parseRetryAfterMs } from '../config/retry-after.js'
import { IceServerError, type IceServerErrorCode, isIceServerError } from '../errors.js'
import type { IceServerEndpoint } from '../options.js'
import { isObject } from '../type-guards.js'

/** The statuses that mean access was denied, with what the app can do. */
const DENIED_HINTS: Readonly<Record<number, string>> = {
  401: ': call refresh() after sign-in',
  403: ': call refresh() when the user may have access',
}

/**
 * Calls a function of the application.
 *
 * @throws {@link IceServerError} what the function threw if it is one; otherwise with this code, and with the thrown
 * value as its cause.
 */
export async function callAppFunction<T>(
  code: IceServerErrorCode,
  name: string,
  now: () => number,
  call: () => T | Promise<T>,
): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    const error = fromHttpLibrary(cause, `the ${name} function`, now)
    throw error ?? new IceServerError(code, `the ${name} function threw`, { cause })
  }
}

/** Errors of HTTP libraries contain the request with its headers, so they are replaced and are never a cause. */
function fromHttpLibrary(error: unknown, source: string, now: () => number): IceServerError | undefined {
  if (isIceServerError(error)) return error
  if (isNetworkError(error)) {
    return new IceServerError('ERR_NETWORK', `${source} threw a network error`, { cause: error.cause })
  }
  return isObject(error) && isResponse(error.response)
    ? createHttpError(source, error.response, now())
    : undefined
}

/** Whether an error is a `NetworkError` of ky, also of another copy. Its `cause` is the error that `fetch` threw. */
export function isNetworkError(error: unknown): error is Error {
  return isObject(error) && error.name === 'NetworkError'
}

/** Whether a value is a `Response`, also the class of a `fetch` replacement or of another realm. */
export function isResponse(value: unknown): value is Response {
  return Object.prototype.toString.call(value) === '[object Response]'
}

/**
 * @param source - Where the response came from, see {@link describeEndpoint}.
 * @param now - Epoch ms by the client's clock.
 */
export function createHttpError(source: string, { status, headers }: Response, now: number): IceServerError {
  const hint = DENIED_HINTS[status]
  return new IceServerError(hint ? 'ERR_DENIED' : 'ERR_HTTP', `${source} responded ${status}${hint ?? ''}`, {
    status,
    retryAfterMs: parseRetryAfterMs(headers, now),
  })
}

/** Returns the method, origin and path of an endpoint for messages. The query may contain a token, so it is left out. */
export function describeEndpoint(endpoint: IceServerEndpoint, method: string): string {
  if (typeof endpoint === 'function') return 'the endpoint function'
  const url = resolveUrl(endpoint)
  return `${method.toUpperCase()} ${url ? url.origin + url.pathname : `${endpoint}`.split(/[?#]/)[0]}`
}

/** Returns `undefined` if the URL is invalid, or relative where there is no page: in Node and in `blob:` workers. */
export function resolveUrl(url: string | URL): URL | undefined {
  try {
    return new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href)
  } catch {
    return undefined
  }
}

/** Lists the possible causes of a request without a response. Browsers report all of them as the same `TypeError`. */
export function explainNetworkError(url: URL | undefined): string {
  const { location } = globalThis
  if (!url || !location || url.origin === location.origin) return 'network error'
  const isMixed = url.protocol === 'http:' && location.protocol === 'https:'
  const mixedContent = isMixed ? ', or mixed content (an http: endpoint on an https: page)' : ''
  return `the network, or CORS (the endpoint is cross-origin)${mixedContent}`
}
