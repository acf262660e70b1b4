import ky, { isHTTPError, isNetworkError } from 'ky'
import { type IceConfiguration, readIceConfiguration } from '../config/ice-configuration.js'
import { untilAborted } from '../deferred.js'
import { IceServerError, type IceServerErrorCode, isIceServerError } from '../errors.js'
import type { IceServerEndpoint, RefreshReason, ResolvedOptions } from '../options.js'
import { readJson } from './read-json.js'
import { readRetryAfter } from './retry-after.js'

/** Statuses that a second try soon may mend. After 429 and 503 the server says when; the provider waits. */
const RETRIED_STATUSES = [408, 500, 502, 504]

/**
 * Asks the endpoint for a configuration. After `timeoutMs` it aborts the request with `ERR_TIMEOUT`.
 *
 * @throws {@link IceServerError} always, whatever went wrong; free of anything that was sent or received.
 */
export async function fetchConfiguration(
  endpoint: IceServerEndpoint,
  options: ResolvedOptions,
  controller: AbortController,
  reason: RefreshReason,
): Promise<IceConfiguration> {
  const { signal } = controller
  const { now, timeoutMs, parse } = options
  const context = { ...options, sentAt: now(), headers: undefined as Headers | undefined }

  const ask = async (): Promise<unknown> => {
    const isFunction = typeof endpoint === 'function'
    const answer = isFunction
      ? await callApp('ERR_NETWORK', 'endpoint', () => endpoint({ signal, reason }))
      : await send(endpoint, options, signal, () => {
          context.sentAt = now()
        })
    if (isFunction && !(answer instanceof Response)) return answer
    const response = answer as Response
    context.headers = response.headers
    if (!response.ok) throw httpError(response)
    return readJson(response)
  }
  const timeout = new IceServerError('ERR_TIMEOUT', `no complete answer within ${timeoutMs} ms`)
  const handle = setTimeout(() => controller.abort(timeout), timeoutMs)
  try {
    const body = await untilAborted(ask(), signal)
    const read = () => readIceConfiguration(parse ? parse(body) : body, context)
    return await callApp('ERR_RESPONSE', 'parse or urlFilter', read)
  } catch (error) {
    controller.abort() // whatever of the answer is still to come
    throw knownError(error) ?? new IceServerError('ERR_NETWORK', 'the endpoint or a header is not valid')
  } finally {
    clearTimeout(handle)
  }
}

async function send(
  url: string | URL,
  options: ResolvedOptions,
  signal: AbortSignal,
  onSend: () => void,
): Promise<Response> {
  const { random, minRefreshIntervalMs, fetch, headers, json, method, credentials = 'same-origin' } = options
  const given = typeof headers === 'function' ? await callApp('ERR_NETWORK', 'headers', headers) : headers
  return ky(url, {
    method,
    headers: { accept: 'application/json', ...Object.fromEntries(new Headers(given)) },
    signal,
    cache: 'no-store',
    json,
    credentials,
    timeout: false, // the one of fetchConfiguration covers all tries and the answer's body
    throwHttpErrors: (status) => RETRIED_STATUSES.includes(status),
    retry: {
      limit: options.retryLimit,
      statusCodes: RETRIED_STATUSES,
      delay: () => minRefreshIntervalMs * (1 + random()),
    },
    fetch: (input, init) => {
      onSend()
      return (fetch ?? globalThis.fetch)(input as Request, init)
    },
  })
}

/** Calls a function of the app's. What it throws is the app's own, so it may be the cause. */
async function callApp<T>(code: IceServerErrorCode, name: string, call: () => T | Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    throw knownError(cause) ?? new IceServerError(code, `the ${name} function threw`, { cause })
  }
}

/** ky's errors hold the request with its headers, so none of them is passed on, not even as a cause. */
function knownError(error: unknown): IceServerError | undefined {
  if (isIceServerError(error)) return error
  if (isHTTPError(error)) return httpError(error.response)
  if (!isNetworkError(error)) return undefined
  return new IceServerError('ERR_NETWORK', 'the endpoint could not be reached', { cause: error.cause })
}

function httpError({ status, headers }: Response): IceServerError {
  const code = status === 401 || status === 403 ? 'ERR_DENIED' : 'ERR_HTTP'
  const retryAfterMs = readRetryAfter(headers)
  return new IceServerError(code, `the endpoint answered ${status}`, { status, retryAfterMs })
}
