/** Requests a response from the endpoint and reads it, without looking at its servers. */
import ky from 'ky'
import type { ReceivedResponse } from '../config/received-response.js'
import { IceServerError, isIceServerError } from '../errors.js'
import { describeValue } from '../option-checks.js'
import type { HeadersLike, IceServerEndpoint, RefreshReason, ResolvedOptions } from '../options.js'
import { findHeaderProblem, resolveUrl } from '../request-checks.js'
import { causeWithout, safeCause } from '../safe-cause.js'
import { isObject } from '../type-guards.js'
import { callAppFunction } from './app-function.js'
import { defineHasOwn } from './object-has-own.js'
import { readJson } from './read-json.js'
import {
  createFilteredResponseError,
  createHttpError,
  describeEndpoint,
  explainInvalidRequest,
  explainNetworkError,
  isNetworkError,
  isResponse,
} from './request-errors.js'

/** What `fetch` or the endpoint function returned. */
interface Returned {
  readonly value: unknown
  readonly sentAt: number
}

/**
 * Resolves with the body, the headers and the time of the request.
 *
 * @throws {@link IceServerError} `ERR_REQUEST`, `ERR_NETWORK`, `ERR_HTTP`, `ERR_DENIED`, or `ERR_RESPONSE` if the body is not
 * JSON or cannot be read.
 */
export async function requestResponse(
  endpoint: IceServerEndpoint,
  options: ResolvedOptions,
  signal: AbortSignal,
  reason: RefreshReason,
): Promise<ReceivedResponse> {
  const { value, sentAt } =
    typeof endpoint === 'function'
      ? await callEndpoint(endpoint, options, signal, reason)
      : await sendRequest(endpoint, options, signal)
  if (!isResponse(value)) return { body: value, sentAt }

  const source = describeEndpoint(endpoint, options.method)
  if (value.status === 0) throw createFilteredResponseError(source, value.type)
  if (!value.ok) throw createHttpError(source, value, options.now())
  if (value.bodyUsed || value.body?.locked) throw unreadableBodyError(source)
  try {
    return { body: await readJson(value, source), headers: value.headers, sentAt }
  } catch (error) {
    if (isIceServerError(error)) throw error
    throw unreadableBodyError(source, safeCause(error))
  }
}

/** A retry would return a response that is read in the same way. */
function unreadableBodyError(source: string, cause?: Error): IceServerError {
  const message = `${source} returned a Response whose body has already been read or is locked: return response.clone(), or the parsed JSON`
  return new IceServerError('ERR_RESPONSE', message, cause ? { cause } : { fatal: true })
}

async function callEndpoint(
  endpoint: Extract<IceServerEndpoint, (...args: never) => unknown>,
  { now, parse }: ResolvedOptions,
  signal: AbortSignal,
  reason: RefreshReason,
): Promise<Returned> {
  const sentAt = now()
  const value = await callAppFunction('ERR_NETWORK', 'endpoint', now, () => endpoint({ signal, reason }))
  if (parse || isObject(value)) return { value, sentAt }
  const hint =
    value === undefined ? 'is a return statement missing?' : 'return the Response or the parsed JSON'
  throw new IceServerError('ERR_RESPONSE', `the endpoint function returned ${describeValue(value)}: ${hint}`)
}

async function sendRequest(
  endpoint: string | URL,
  options: ResolvedOptions,
  signal: AbortSignal,
): Promise<Returned> {
  const { now, random, minRefreshIntervalMs, timeoutMs, retryLimit } = options
  const { fetch = globalThis.fetch, json, method, credentials = 'same-origin' } = options
  const source = describeEndpoint(endpoint, method)
  const headers = await readHeaders(options)
  const problem = findHeaderProblem(headers)
  if (problem) throw new IceServerError('ERR_REQUEST', `${source} was not sent: ${problem.message}`, problem)
  if (typeof fetch !== 'function') {
    throw new IceServerError(
      'ERR_REQUEST',
      `${source} was not sent: this runtime has no fetch function; pass the option fetch`,
    )
  }
  let sentAt: number | undefined
  defineHasOwn()
  try {
    const value = await ky(endpoint, {
      method,
      headers: { accept: 'application/json', ...Object.fromEntries(new Headers(headers)) },
      signal,
      cache: 'no-store',
      json,
      credentials,
      timeout: false, // The time limit of fetchConfiguration covers all attempts and the body.
      throwHttpErrors: false, // An error status is a response: the refresh policy decides when to request again.
      retry: {
        limit: minRefreshIntervalMs * 2 < timeoutMs ? retryLimit : 0,
        delay: () => minRefreshIntervalMs * (1 + random()),
      },
      fetch: (input, init) => {
        sentAt = now()
        return fetch(input as Request, init)
      },
    })
    return { value, sentAt: sentAt ?? now() }
  } catch (error) {
    if (sentAt === undefined) {
      const cause = causeWithout([`${endpoint}`, resolveUrl(endpoint)?.href ?? ''], error)
      throw new IceServerError('ERR_REQUEST', `${source} ${explainInvalidRequest(endpoint)}`, { cause })
    }
    const isNetwork = isNetworkError(error) || !options.fetch
    const explanation = isNetwork ? explainNetworkError(endpoint) : 'failed: the fetch function threw'
    const cause = safeCause(isNetworkError(error) ? error.cause : error)
    throw new IceServerError('ERR_NETWORK', `${source} ${explanation}`, { cause })
  }
}

async function readHeaders({ headers, now }: ResolvedOptions): Promise<HeadersLike | undefined> {
  return typeof headers === 'function' ? callAppFunction('ERR_NETWORK', 'headers', now, headers) : headers
}
