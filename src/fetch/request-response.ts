/** Requests a response from the endpoint and reads it, without looking at its servers. */
import ky from 'ky'
import type { ReceivedResponse } from '../config/received-response.js'
import { IceServerError, isIceServerError } from '../errors.js'
import { describeValue } from '../option-checks.js'
import type { IceServerEndpoint, RefreshReason, ResolvedOptions } from '../options.js'
import { safeCause } from '../safe-cause.js'
import { isObject } from '../type-guards.js'
import { readJson } from './read-json.js'
import {
  callAppFunction,
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
 * @throws {@link IceServerError} `ERR_NETWORK`, `ERR_HTTP`, `ERR_DENIED`, or `ERR_RESPONSE` if the body is not JSON.
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
  if (!value.ok) throw createHttpError(source, value, options.now())
  try {
    return { body: await readJson(value, source), headers: value.headers, sentAt }
  } catch (error) {
    if (isIceServerError(error)) throw error
    const message = `${source} returned a Response whose body cannot be read: has it been read before?`
    throw new IceServerError('ERR_RESPONSE', message)
  }
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
  const { fetch = globalThis.fetch, headers, json, method, credentials = 'same-origin' } = options
  const ownHeaders =
    typeof headers === 'function' ? await callAppFunction('ERR_NETWORK', 'headers', now, headers) : headers
  let sentAt: number | undefined
  try {
    const value = await ky(endpoint, {
      method,
      headers: { accept: 'application/json', ...Object.fromEntries(new Headers(ownHeaders)) },
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
    const isNetwork = isNetworkError(error) || (sentAt !== undefined && !options.fetch)
    const explanation = isNetwork
      ? explainNetworkError(endpoint)
      : sentAt === undefined
        ? explainInvalidRequest(endpoint)
        : 'failed: the fetch function threw'
    const message = `${describeEndpoint(endpoint, method)} ${explanation}`
    // No other error is a cause: it may contain the request, and a TypeError of Headers the value of a header.
    throw new IceServerError(
      'ERR_NETWORK',
      message,
      isNetworkError(error) ? { cause: safeCause(error.cause) } : undefined,
    )
  }
}
