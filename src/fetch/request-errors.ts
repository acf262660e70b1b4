/** Errors of a request, without anything that was sent or received. */
import { parseRetryAfterMs } from '../config/retry-after.js'
import { IceServerError } from '../errors.js'
import type { IceServerEndpoint } from '../options.js'
import { resolveUrl } from '../request-checks.js'
import { isObject } from '../type-guards.js'

/** Whether an error is a `NetworkError` of ky, also of another copy. Its `cause` is the error that `fetch` threw. */
export function isNetworkError(error: unknown): error is Error {
  return isObject(error) && error.name === 'NetworkError'
}

/** Whether a value is a `Response`, also of a `fetch` replacement or another realm, and of React Native, where it has no brand. */
export function isResponse(value: unknown): value is Response {
  if (Object.prototype.toString.call(value) === '[object Response]') return true
  return isObject(value) && typeof value.text === 'function' && typeof value.status === 'number'
}

/** Status and headers of a response, which can be that of an HTTP library. */
export interface ResponseHead {
  readonly status: number
  readonly headers: Pick<Headers, 'get'> | undefined
}

/**
 * Returns the error of a response that is not successful.
 *
 * @param source - Where the response came from, see {@link describeEndpoint}.
 * @param now - Epoch ms by the client's clock.
 */
export function createHttpError(
  source: string,
  { status, headers }: ResponseHead,
  now: number,
): IceServerError {
  const code = status === 401 || status === 403 ? 'ERR_DENIED' : 'ERR_HTTP'
  const hint = status === 401 ? ': call refresh() after sign-in' : ''
  const retryAfterMs = headers && parseRetryAfterMs(headers, now)
  return new IceServerError(code, `${source} responded ${status}${hint}`, { status, retryAfterMs })
}

/** Returns the error of a response with status 0, which hides what the server sent (Fetch standard, "filtered response"). */
export function createFilteredResponseError(source: string, type: unknown): IceServerError {
  if (type === 'opaque') {
    const message = `${source} returned an opaque response, which a page cannot read: remove mode: 'no-cors', and allow the origin of the page with CORS`
    return new IceServerError('ERR_RESPONSE', message)
  }
  if (type === 'opaqueredirect') {
    const message = `${source} returned a redirect that was not followed: remove redirect: 'manual'`
    return new IceServerError('ERR_RESPONSE', message)
  }
  const message = `${source} returned a network error in place of a response (Response.error()): is a service worker offline?`
  return new IceServerError('ERR_NETWORK', message)
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

/** Hosts that browsers trust without TLS, so that they are never mixed content (W3C Secure Contexts §3.1). */
const LOOPBACK_HOST = /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/

/** Lists the possible causes of a request without a response. Browsers report all of them as the same `TypeError`. */
export function explainNetworkError(endpoint: string | URL): string {
  const { location } = globalThis
  const url = resolveUrl(endpoint)
  const isCrossOrigin = url && location && url.origin !== location.origin
  const isInsecure = url?.protocol === 'http:' && !LOOPBACK_HOST.test(url.hostname)
  if (isCrossOrigin && isInsecure && location.protocol === 'https:') {
    return 'failed before any response: mixed content, because browsers block an http: endpoint on an https: page; use https:'
  }
  return `failed before any response: the network${isCrossOrigin ? ', or CORS (the endpoint is cross-origin)' : ''}`
}

/** Explains why a request could not be made. */
export function explainInvalidRequest(endpoint: string | URL): string {
  return resolveUrl(endpoint)
    ? 'is not a valid request: see the cause, and check the URL and the options method, headers and json'
    : 'is not a valid request: a relative URL requires a page; pass an absolute URL'
}
