/** Errors of a request, without anything that was sent or received. */
import { parseRetryAfterMs } from '../config/retry-after.js'
import { IceServerError, type IceServerErrorCode, isIceServerError } from '../errors.js'
import type { IceServerEndpoint } from '../options.js'
import { safeCause } from '../safe-cause.js'
import { isObject } from '../type-guards.js'

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
    return new IceServerError('ERR_NETWORK', `${source} threw a network error`, {
      cause: safeCause(error.cause),
    })
  }
  const response = isObject(error) ? error.response : undefined
  if (!isObject(response) || typeof response.status !== 'number') return undefined
  return createHttpError(source, { status: response.status, headers: response.headers }, now())
}

/** The response of an HTTP library: its headers can be a plain object, as those of axios. */
interface StatusAndHeaders {
  readonly status: number
  readonly headers?: unknown
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
export function createHttpError(
  source: string,
  { status, headers }: StatusAndHeaders,
  now: number,
): IceServerError {
  const code = status === 401 || status === 403 ? 'ERR_DENIED' : 'ERR_HTTP'
  const hint = status === 401 ? ': call refresh() after sign-in' : ''
  const isReadable = isObject(headers) && typeof headers.get === 'function'
  const retryAfterMs = isReadable ? parseRetryAfterMs(headers as unknown as Headers, now) : undefined
  return new IceServerError(code, `${source} responded ${status}${hint}`, { status, retryAfterMs })
}

/** Returns the method, origin and path of an endpoint for messages. The query may contain a token, so it is left out. */
export function describeEndpoint(endpoint: IceServerEndpoint, method: string): string {
  if (typeof endpoint === 'function') return 'the endpoint function'
  const url = resolveUrl(endpoint)
  if (url) return `${method.toUpperCase()} ${url.origin}${url.pathname}`
  // An invalid URL can contain a password.
  const [path = ''] = `${endpoint}`.split(/[?#]/)
  return `${method.toUpperCase()} ${/^[\w./-]+$/.test(path) ? path : 'an invalid URL'}`
}

/** Returns `undefined` if the URL is invalid, or relative without a base URL: in Node and in `blob:` workers. */
export function resolveUrl(url: string | URL): URL | undefined {
  try {
    return new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href)
  } catch {
    return undefined
  }
}

/** Lists the possible causes of a request without a response. Browsers report all of them as the same `TypeError`. */
export function explainNetworkError(endpoint: string | URL): string {
  const { location } = globalThis
  const url = resolveUrl(endpoint)
  const isCrossOrigin = url && location && url.origin !== location.origin
  const cors = isCrossOrigin ? ', or CORS (the endpoint is cross-origin)' : ''
  const isMixed = isCrossOrigin && url.protocol === 'http:' && location.protocol === 'https:'
  const mixedContent = isMixed ? ', or mixed content (http: on an https: page)' : ''
  return `failed before any response: the network${cors}${mixedContent}`
}

/** The browser's own message is not used: it can contain the query of the URL, or the value of a header. */
export function explainInvalidRequest(endpoint: string | URL): string {
  return resolveUrl(endpoint)
    ? 'is not a valid request: check the URL and the options method, headers and json'
    : 'is not a valid request: the URL is invalid, or relative without a page; pass an absolute URL'
}
