import ky, { isHTTPError, isNetworkError, isTimeoutError } from 'ky'
import { TurnApiError, type TurnApiErrorDetail } from './errors.js'

/** What all calls of Cloudflare's APIs have in common. */
export interface ApiOptions {
  /** A replacement for the global `fetch`. */
  fetch?: ((request: Request, init?: RequestInit) => Promise<Response>) | undefined
  /** Time for one try, in ms. @defaultValue 10 000 */
  timeoutMs?: number | undefined
}

/** One call of an API. */
export interface ApiRequest extends ApiOptions {
  readonly url: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Sent as a bearer token, and kept out of every error. */
  readonly secret: string
  readonly json?: unknown
  readonly signal?: AbortSignal | undefined
  /** What is probably wrong when the API answers with a status. */
  readonly hints: Readonly<Record<number, string>>
}

/** Tried again, as network errors are; but by ky never a POST, which may have made something. */
const RETRIED_STATUSES = [500, 502, 503, 504]

/**
 * Calls an API and gives the JSON of its answer; nothing if that is empty.
 *
 * @throws {@link TurnApiError}
 */
export async function callApi(request: ApiRequest): Promise<unknown> {
  const { url, method, json, secret, signal = null, fetch, timeoutMs = 10_000 } = request
  try {
    const calling = ky(url, {
      method,
      json,
      headers: { authorization: `Bearer ${secret}` },
      signal,
      // Called by itself: Workers refuse a fetch that is called as a member of something.
      ...(fetch && { fetch: (input: unknown, init?: RequestInit) => fetch(input as Request, init) }),
      timeout: timeoutMs,
      redirect: 'manual', // one to another host would take the secret along
      retry: {
        limit: 2,
        statusCodes: RETRIED_STATUSES,
        afterStatusCodes: [],
      },
    })
    const { status } = await calling
    return readBody(await calling.text(), status, request)
  } catch (error) {
    throw toTurnApiError(error, request)
  }
}

function readBody(text: string, status: number, request: ApiRequest): unknown {
  if (text === '') return undefined
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw new TurnApiError('the API answered no JSON', { status })
  }
  const errors = parseApiErrors(body, request)
  if (errors.length > 0 || Object(body).success === false) throw refused(status, errors, request)
  return body
}

function toTurnApiError(error: unknown, request: ApiRequest): unknown {
  if (error instanceof TurnApiError) return error
  if (request.signal?.aborted) return request.signal.reason
  if (isHTTPError(error)) {
    const { status, headers } = error.response
    const retryAfterMs = Number(/^\d{1,5}$/.exec(headers.get('retry-after') ?? '')) * 1000 || undefined
    return refused(status, parseApiErrors(error.data, request), request, retryAfterMs)
  }
  if (isTimeoutError(error)) return new TurnApiError('no answer in time', { status: 503 })
  return new TurnApiError('the API could not be reached', isNetworkError(error) ? { cause: error.cause } : {})
}

function refused(
  status: number,
  errors: readonly TurnApiErrorDetail[],
  request: ApiRequest,
  retryAfterMs?: number,
) {
  const told = errors.map(({ code, message }) => `; ${code}: ${message}`).join('')
  return new TurnApiError(`the API answered ${status}${told}`, {
    status,
    errors,
    hint: request.hints[status],
    retryAfterMs,
  })
}

/** `{errors: [{code, message}]}` of the v4 envelope, or `{errorCode, errorDescription}`. */
function parseApiErrors(body: unknown, { secret }: ApiRequest): TurnApiErrorDetail[] {
  const { errors, errorCode, errorDescription } = Object(body)
  const listed: unknown[] = Array.isArray(errors) ? errors : []
  const faults =
    errorCode === undefined ? listed : [...listed, { code: errorCode, message: errorDescription }]
  return faults.map((fault) => {
    const { code, message } = Object(fault)
    return { code: Number(code), message: String(message).replaceAll(secret, '…').slice(0, 200) }
  })
}
