import ky, { isNetworkError } from 'ky'
import { rejectOnAbort } from '../abortable.js'
import { type IceConfiguration, readIceConfiguration } from '../config/read-response.js'
import { parseRetryAfterMs } from '../config/retry-after.js'
import { IceServerError, type IceServerErrorCode, isIceServerError } from '../errors.js'
import type { IceServerEndpoint, RefreshReason, ResolvedOptions } from '../options.js'
import { readJson } from './read-json.js'

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

  const ask = async (): Promise<IceConfiguration> => {
    const answer =
      typeof endpoint === 'function'
        ? await callApp('ERR_NETWORK', 'endpoint', () => endpoint({ signal, reason }))
        : await send(endpoint, options, context, signal)
    const body = isResponse(answer) ? await readAnswer(answer, context) : answer
    const read = async () => readIceConfiguration(parse ? await parse(body) : body, context)
    return callApp('ERR_RESPONSE', 'parse or urlFilter', read)
  }
  const giveUp = () => controller.abort(new IceServerError('ERR_TIMEOUT', 'no complete answer in time'))
  const handle = setTimeout(giveUp, timeoutMs)
  try {
    return await rejectOnAbort(ask(), signal)
  } catch (error) {
    controller.abort() // whatever of the answer is still to come
    throw knownError(error) ?? new IceServerError('ERR_NETWORK', 'the request is not valid')
  } finally {
    clearTimeout(handle)
  }
}

async function readAnswer(response: Response, context: { headers: Headers | undefined }): Promise<unknown> {
  if (!response.ok) throw httpError(response)
  context.headers = response.headers
  return readJson(response)
}

async function send(
  url: string | URL,
  options: ResolvedOptions,
  context: { sentAt: number },
  signal: AbortSignal,
): Promise<Response> {
  const { now, random, minRefreshIntervalMs, timeoutMs, retryLimit } = options
  const { fetch = globalThis.fetch, headers, json, method, credentials = 'same-origin' } = options
  const given = typeof headers === 'function' ? await callApp('ERR_NETWORK', 'headers', headers) : headers
  return ky(url, {
    method,
    headers: { accept: 'application/json', ...Object.fromEntries(new Headers(given)) },
    signal,
    cache: 'no-store',
    json,
    credentials,
    timeout: false, // the one of fetchConfiguration covers all tries and the answer's body
    throwHttpErrors: false, // an error status is an answer: when to ask again is the schedule's to say
    retry: {
      limit: minRefreshIntervalMs * 2 < timeoutMs ? retryLimit : 0,
      delay: () => minRefreshIntervalMs * (1 + random()),
    },
    fetch: (input, init) => {
      context.sentAt = now()
      return fetch(input as Request, init)
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

/** Errors of HTTP libraries hold the request with its headers, so none is passed on, not even as a cause. */
function knownError(error: unknown): IceServerError | undefined {
  if (isIceServerError(error)) return error
  const { response } = Object(error)
  if (isResponse(response)) return httpError(response)
  if (!isNetworkError(error)) return undefined
  return new IceServerError('ERR_NETWORK', 'the endpoint could not be reached', { cause: error.cause })
}

/** A replacement for fetch may have a Response class of its own. */
function isResponse(value: unknown): value is Response {
  return Object.prototype.toString.call(value) === '[object Response]'
}

function httpError({ status, headers }: Response): IceServerError {
  const code = status === 401 || status === 403 ? 'ERR_DENIED' : 'ERR_HTTP'
  const retryAfterMs = parseRetryAfterMs(headers)
  return new IceServerError(code, `the endpoint answered ${status}`, { status, retryAfterMs })
}
