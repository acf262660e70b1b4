/** Calls Cloudflare's APIs: one request with a bearer token, retries, and errors that contain no secret. */
import { parseRetryAfterMs } from '../config/retry-after.js'
import { formatApiErrors, isErrorBody, readApiErrors } from './api-errors.js'
import { withDeadline } from './deadline.js'
import { isFrameworkError, isTurnApiError, TurnApiError, type TurnApiErrorDetail } from './errors.js'
import { createRedact, type Redact } from './redact.js'
import { toRequestCause } from './request-cause.js'

/** Options of every request to Cloudflare. @group Server: Cloudflare */
export interface ApiOptions {
  /** A replacement for the global `fetch`, such as that of undici with a `ProxyAgent`, or node-fetch. */
  fetch?: ((url: string, init: ApiRequestInit) => Promise<ApiResponse>) | undefined
  /** Time limit of one attempt, in ms. @defaultValue 10 000 */
  timeoutMs?: number | undefined
}

/** The second argument of the `fetch` option: the members of the `RequestInit` of Fetch that are set. @group Server: Cloudflare */
export interface ApiRequestInit {
  /** `GET`, `POST`, `PUT` or `DELETE`. */
  method: string
  /** Contain the secret. */
  headers: Record<string, string>
  /** JSON. */
  body?: string
  /** A redirect to another host would receive the secret. */
  redirect: 'manual'
  /** Aborted when the time limit elapses or the caller aborts. */
  signal: AbortSignal
  /** Missing in runtimes whose `Request` does not have it. */
  cache?: 'no-store'
}

/** What the `fetch` option resolves with: a `Response` of any implementation of Fetch. @group Server: Cloudflare */
export interface ApiResponse {
  /** Whether the status is 2xx. */
  readonly ok: boolean
  /** The HTTP status. */
  readonly status: number
  /** `Retry-After` and `Date` are read. */
  readonly headers: { get(name: string): string | null }
  /** Resolves with the body. */
  text(): Promise<string>
}

/** One request to an API. */
export interface ApiRequest extends ApiOptions {
  readonly url: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Sent as a bearer token. No error contains it. */
  readonly secret: string
  readonly json?: unknown
  readonly signal?: AbortSignal | undefined
  /** Whether a request whose outcome is unknown may be sent again: not if it creates something. */
  readonly isRetryable: boolean
  /** What to check when the API responds with a status. */
  readonly hints: Readonly<Record<number, string>>
}

/** The result of an attempt. */
type Outcome =
  | { readonly type: 'response'; readonly response: ApiResponse; readonly text: string }
  | { readonly type: 'connection lost'; readonly error: unknown }
  | { readonly type: 'timeout' }

const DEFAULT_TIMEOUT_MS = 10_000

/** Delay before each retry, in ms. */
const RETRY_DELAYS_MS = [300, 600]

/** Statuses of an outage that can be over in a moment: of the API, of gateways, and of Cloudflare in front of its origin. */
const TRANSIENT_STATUSES = [408, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 527, 530]

/** A longer `Retry-After` is more likely a mistake than a request to wait. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000

/** The v4 API responds 400 with this code if the account id in the path is wrong. */
const UNKNOWN_ROUTE = 7003

/**
 * Calls an API. Resolves with the JSON of the response, or with `undefined` if the body is empty.
 *
 * @throws {@link TurnApiError}; the reason of the signal if that is aborted; or what a framework's `fetch` throws to control its
 * rendering.
 */
export async function callApi(request: ApiRequest): Promise<unknown> {
  const { method, signal, isRetryable, timeoutMs = DEFAULT_TIMEOUT_MS } = request
  const redact = createRedact(request.secret)
  let outcome = await sendOnce(request)
  for (const delayMs of isRetryable ? RETRY_DELAYS_MS : []) {
    if (!isTransient(outcome)) break
    await delay(delayMs, signal)
    outcome = await sendOnce(request)
    // An earlier attempt deleted it, although its response was lost.
    if (method === 'DELETE' && isNotFound(outcome)) return undefined
  }
  if (outcome.type === 'response') return readResponse(outcome.response, outcome.text, request, redact)
  if (outcome.type === 'timeout') {
    throw new TurnApiError(`Cloudflare did not respond within ${timeoutMs} ms`, { status: 503 })
  }
  throw new TurnApiError('Cloudflare could not be reached', { cause: toRequestCause(outcome.error, redact) })
}

/** Sends the request once and reads the response. Rejects only if the caller aborts, or with the error of a framework. */
async function sendOnce(request: ApiRequest): Promise<Outcome> {
  const { fetch = globalThis.fetch, signal, timeoutMs = DEFAULT_TIMEOUT_MS } = request
  const parentSignal = signal ?? new AbortController().signal
  const send = async (limitedSignal: AbortSignal): Promise<Outcome> => {
    // Called without a receiver: Workers reject a fetch that is called as a method of another object.
    const response = await fetch(request.url, createInit(request, limitedSignal))
    return { type: 'response', response, text: await response.text() }
  }
  try {
    parentSignal.throwIfAborted()
    const limits = { timeoutMs, openParentSignal: () => parentSignal }
    return await withDeadline('fetch', limits, (deadline) => send(deadline.openSignal()))
  } catch (error) {
    if (parentSignal.aborted) throw parentSignal.reason
    if (isFrameworkError(error)) throw error
    return isTurnApiError(error) ? { type: 'timeout' } : { type: 'connection lost', error }
  }
}

function createInit({ method, secret, json }: ApiRequest, signal: AbortSignal): ApiRequestInit {
  return {
    method,
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${secret}`,
      ...(json !== undefined && { 'content-type': 'application/json' }),
    },
    ...(json !== undefined && { body: JSON.stringify(json) }),
    redirect: 'manual',
    signal,
    ...(supportsCache() && { cache: 'no-store' }),
  }
}

/** Without `no-store`, Next.js prerenders one user's credentials for everybody. Older Workers throw if they see the member. */
function supportsCache(): boolean {
  return typeof Request === 'function' && 'cache' in new Request('https://example.org')
}

function isTransient(outcome: Outcome): boolean {
  if (outcome.type !== 'response') return outcome.type === 'connection lost'
  const { status, headers } = outcome.response
  // With Retry-After, the caller decides whether to wait that long.
  return TRANSIENT_STATUSES.includes(status) && headers.get('retry-after') === null
}

function isNotFound(outcome: Outcome): boolean {
  if (outcome.type !== 'response' || outcome.response.status !== 404) return false
  return !hasUnknownRoute(readApiErrors(parseJson(outcome.text), String))
}

function delay(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', settle)
      if (signal?.aborted) reject(signal.reason)
      else resolve()
    }
    const timer = setTimeout(settle, delayMs)
    signal?.addEventListener('abort', settle)
  })
}

function readResponse(response: ApiResponse, text: string, request: ApiRequest, redact: Redact): unknown {
  const { ok, status, headers } = response
  if (ok && text === '') return undefined
  const body = parseJson(text)
  // The text is not repeated: a JSON response that is cut off can contain credentials.
  if (ok && body === NOT_JSON) {
    throw new TurnApiError(`Cloudflare responded ${status} with a body that is not JSON`, { status })
  }
  if (ok && !isErrorBody(body)) return body
  const errors = readApiErrors(body === NOT_JSON ? text : body, redact)
  throw new TurnApiError(`Cloudflare responded ${status}${formatApiErrors(errors)}`, {
    status,
    errors,
    hint: request.hints[hasUnknownRoute(errors) ? 404 : status],
    retryAfterMs: readRetryAfterMs(headers),
  })
}

const NOT_JSON = Symbol('not JSON')

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return NOT_JSON
  }
}

function hasUnknownRoute(errors: readonly TurnApiErrorDetail[]): boolean {
  return errors.some(({ code }) => code === UNKNOWN_ROUTE)
}

function readRetryAfterMs(headers: ApiResponse['headers']): number | undefined {
  const retryAfterMs = parseRetryAfterMs(headers, Date.now())
  return retryAfterMs === undefined ? undefined : Math.min(retryAfterMs, MAX_RETRY_AFTER_MS)
}
