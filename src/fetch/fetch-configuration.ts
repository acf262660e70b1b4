/** One refresh: requests a response, parses it, and reads its configuration, within one time limit. */
import { rejectOnAbort } from '../abortable.js'
import { type IceConfiguration, readIceConfiguration } from '../config/read-response.js'
import { IceServerError } from '../errors.js'
import type { IceServerEndpoint, RefreshReason, ResolvedOptions } from '../options.js'
import { parseBody } from './parse-body.js'
import { callAppFunction, describeEndpoint } from './request-errors.js'
import { requestResponse } from './request-response.js'

/**
 * Resolves with the configuration that the endpoint returns. Aborts the request with `ERR_TIMEOUT` after `timeoutMs`.
 *
 * @throws {@link IceServerError} for every failure; it contains nothing that was sent or received.
 */
export async function fetchConfiguration(
  endpoint: IceServerEndpoint,
  options: ResolvedOptions,
  controller: AbortController,
  reason: RefreshReason,
): Promise<IceConfiguration> {
  const { timeoutMs, method } = options
  const onTimeout = () => {
    const message = `${describeEndpoint(endpoint, method)}: no complete response within ${timeoutMs} ms`
    controller.abort(new IceServerError('ERR_TIMEOUT', message))
  }
  const timer = setTimeout(onTimeout, timeoutMs)
  try {
    return await rejectOnAbort(
      requestConfiguration(endpoint, options, controller.signal, reason),
      controller.signal,
    )
  } catch (error) {
    controller.abort() // Stops the rest of the response.
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function requestConfiguration(
  endpoint: IceServerEndpoint,
  options: ResolvedOptions,
  signal: AbortSignal,
  reason: RefreshReason,
): Promise<IceConfiguration> {
  const { urlFilter, requireTurn, defaultTtlSeconds, now } = options
  const { body, headers, sentAt } = await requestResponse(endpoint, options, signal, reason)
  const parsed = await parseBody(body, options)
  return callAppFunction('ERR_RESPONSE', 'urlFilter', now, () =>
    readIceConfiguration(parsed, { urlFilter, requireTurn, defaultTtlSeconds, now, sentAt, headers }),
  )
}
