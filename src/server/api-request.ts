/** Calls Cloudflare's APIs: one request with a bearer token, retries, and errors that contain no secret. */
import ky, { isHTTPError, isNetworkError, isTimeoutError } from 'ky'
import { parseRetryAfterMs } from '../config/retry-after.js'
import { safeCause } from '../safe-cause.js'
import { isRecord } from '../type-guards.js'
import { TurnApiError, type TurnApiErrorDetail } from './errors.js'
import { createRedact } from './redact.js'

/** Options of every request to Cloudflare. */
export interface ApiOptions {
  /** A replacement for the global `fetch`. */
  fetch?: ((request: Request, init?: RequestInit) => Promise<Response>) | undefined
  /** Time limit of one attempt, in ms. @defaultValue 10 000 */
  timeoutMs?: number | undefined
}

/** One request to an API. */
export interface ApiRequest extends ApiOptions {
  readonly url: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Sent as a bearer token. No error contains it. */
  readonly secret: string
  readonly json?: unknown
  readonly signal?: AbortSignal | undefined
  /** What to check when the API responds with a status. */
  readonly hints: Readonly<Record<number, string>>
}

const DEFAULT_TIMEOUT_MS = 10_000

/** Retried like network errors. ky never retries a POST, which may have created something. */
const RETRIED_STATUSES = [500, 502, 503, 504]

/** A longer `Retry-After` is more likely a mistake than a request to wait. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000

const MAX_MESSAGE_LENGTH = 200

/**
 * Calls an API. Resolves with the JSON of the response, or with `undefined` if the body is empty.
 *
 * @throws {@link TurnApiError}, or the reason of the signal if that is aborted.
 */
export async function callApi(request: ApiRequest): Promise<unknown> {
  const { url, method, json, secret, signal = null, fetch, timeoutMs = DEFAULT_TIMEOUT_MS } = request
  try {
    const responsePromise = ky(url, {
      method,
      json,
      headers: { authorization: `Bearer ${secret}` },
      signal,
      // Called without a receiver: Workers reject a fetch that is called as a method of another object.
      ...(fetch && { fetch: (input: unknown, init?: RequestInit) => fetch(input as Request, init) }),
      timeout: timeoutMs,
      redirect: 'manual', // a redirect to another host would receive the secret
      retry: {
        limit: 2,
        statusCodes: RETRIED_STATUSES,
        afterStatusCodes: [],
      },
    })
    const { status } = await responsePromise
    return readBody(await responsePromise.text(), status, request)
  } catch (error) {
    throw toTurnApiError(error, request)
  }
}

/** Returns a value if it is an object with named members, otherwise an empty object. */
export function toRecord(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {}
}

function readBody(text: string, status: number, request: ApiRequest): unknown {
  if (text === '') return undefined
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw new TurnApiError(`Cloudflare responded ${status} with a body that is not JSON`, { status })
  }
  const errors = parseApiErrors(body, request.secret)
  if (errors.length > 0 || toRecord(body).success === false) throw createApiError(status, errors, request)
  return body
}

function toTurnApiError(error: unknown, request: ApiRequest): unknown {
  const { signal, secret, timeoutMs = DEFAULT_TIMEOUT_MS } = request
  if (error instanceof TurnApiError) return error
  if (signal?.aborted) return signal.reason
  if (isHTTPError(error)) {
    const { status, headers } = error.response
    return createApiError(status, parseApiErrors(error.data, secret), request, readRetryAfterMs(headers))
  }
  if (isTimeoutError(error)) {
    return new TurnApiError(`Cloudflare did not respond within ${timeoutMs} ms`, { status: 503 })
  }
  const details = isNetworkError(error) ? { cause: safeCause(error.cause) } : {}
  return new TurnApiError('Cloudflare could not be reached', details)
}

function readRetryAfterMs(headers: Headers): number | undefined {
  const retryAfterMs = parseRetryAfterMs(headers, Date.now())
  return retryAfterMs === undefined ? undefined : Math.min(retryAfterMs, MAX_RETRY_AFTER_MS)
}

function createApiError(
  status: number,
  errors: readonly TurnApiErrorDetail[],
  { hints }: ApiRequest,
  retryAfterMs?: number,
): TurnApiError {
  const details = errors.map(({ code, message }) => `; ${code}: ${message}`).join('')
  return new TurnApiError(`Cloudflare responded ${status}${details}`, {
    status,
    errors,
    hint: hints[status],
    retryAfterMs,
  })
}

/** Reads `{ errors: [{ code, message }] }` of the v4 envelope, or `{ errorCode, errorDescription }`. */
function parseApiErrors(body: unknown, secret: string): TurnApiErrorDetail[] {
  const { errors, errorCode, errorDescription } = toRecord(body)
  const listed: unknown[] = Array.isArray(errors) ? errors : []
  const all = errorCode === undefined ? listed : [...listed, { code: errorCode, message: errorDescription }]
  const redact = createRedact(secret)
  return all.map((entry) => {
    const { code, message } = toRecord(entry)
    const text = redact(String(message)).slice(0, MAX_MESSAGE_LENGTH)
    return { code: Number(code), message: text }
  })
}
