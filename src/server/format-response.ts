/** Formats the responses of the handler: their JSON bodies, their headers, and the status of an error. */
import type { ResponseHeaders } from './cors.js'
import { TurnApiError } from './errors.js'
import type { IssuedServers } from './read-issued-servers.js'

/** Creates the response to one request. */
export type Respond = (status: number, body?: object, headers?: ResponseHeaders) => Response

/** How long a client waits if the source is busy and does not say for how long, in ms. */
const DEFAULT_RETRY_AFTER_MS = 1000

/** A longer wait is more likely a mistake of the source. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000

const formatHttpDate = rememberLast((time) => new Date(time).toUTCString())
const formatIsoDate = rememberLast((time) => new Date(time).toISOString())

/** Returns the function that creates the response to a request. Every response has the shared headers and a date. */
export function createRespond(request: Request, sharedHeaders: ResponseHeaders): Respond {
  return (status, body, headers) => {
    const date = formatHttpDate(Math.floor(Date.now() / 1000) * 1000)
    if (!body) return new Response(null, { status, headers: { date, ...sharedHeaders, ...headers } })
    const text = request.method === 'HEAD' ? null : JSON.stringify(body)
    // The spreads are last: V8 copies their members at once, and adds a member that follows one slowly.
    const allHeaders = { date, 'content-type': 'application/json', ...sharedHeaders, ...headers }
    return new Response(text, { status, headers: allHeaders })
  }
}

/** Returns the response with ICE servers, their remaining lifetime and their expiry. */
export function serversResponse(
  { iceServers, expiresAt, afterExpiry }: IssuedServers,
  respond: Respond,
): Response {
  // Clients take a lifetime of 0 for expired credentials.
  const ttl = Math.max(1, Math.floor((expiresAt - Date.now()) / 1000))
  return respond(200, { iceServers, ttl, expiresAt: formatIsoDate(expiresAt), afterExpiry })
}

/** Returns 429 with `Retry-After`. */
export function rateLimitResponse(retryAfterSeconds: number, respond: Respond): Response {
  return respond(429, { error: 'too many requests' }, { 'retry-after': String(retryAfterSeconds) })
}

/** Returns 502 if a source failed, 503 if it is busy or too slow, and 500 for an error of the application. */
export function errorResponse(error: unknown, respond: Respond): Response {
  if (!isTurnApiError(error)) return respond(500, { error: 'internal error' })
  const { status, retryAfterMs = DEFAULT_RETRY_AFTER_MS } = error
  if (status !== 429 && status !== 503) return respond(502, { error: 'upstream failed' })
  // Also replaces NaN, which no comparison accepts.
  const waitMs = retryAfterMs > 0 ? Math.min(retryAfterMs, MAX_RETRY_AFTER_MS) : DEFAULT_RETRY_AFTER_MS
  return respond(503, { error: 'upstream busy' }, { 'retry-after': String(Math.ceil(waitMs / 1000)) })
}

/** Returns 401 with the challenge that it requires (RFC 9110 §11.6.1), or 403. */
export function rejectionResponse(status: 401 | 403, respond: Respond): Response {
  if (status === 403) return respond(403, { error: 'forbidden' })
  return respond(401, { error: 'unauthorized' }, { 'www-authenticate': 'Bearer' })
}

/** Returns 503 because the store of the rate limit fails. */
export function storeErrorResponse(respond: Respond): Response {
  return respond(503, { error: 'rate limit unavailable' }, { 'retry-after': '1' })
}

/** Returns a copy of a response with more headers. They replace headers with the same name, except `Vary`, which they extend. */
export function addHeaders(response: Response, added: ResponseHeaders): Response {
  const copy = new Response(response.body, response)
  for (const [name, value] of Object.entries(added)) {
    if (name === 'vary' && response.headers.has(name)) copy.headers.append(name, value)
    else copy.headers.set(name, value)
  }
  return copy
}

/** The responses of one second contain the same dates, and formatting one takes half as long as signing credentials. */
function rememberLast(format: (time: number) => string): (time: number) => string {
  let lastTime: number | undefined
  let text = ''
  return (time) => {
    if (time !== lastTime) {
      text = format(time)
      lastTime = time
    }
    return text
  }
}

function isTurnApiError(error: unknown): error is TurnApiError {
  try {
    return error instanceof TurnApiError
  } catch {
    return false // a hostile proxy
  }
}
