/** One refresh: requests a response, parses it, and reads its configuration, within one time limit. */
import { abortReasonOf, abortWith, rejectOnAbort } from '../abortable.js'
import type { IceConfiguration } from '../config/read-response.js'
import { ResponseMemory } from '../config/response-memory.js'
import { IceServerError, type IceServerErrorCode, isIceServerError } from '../errors.js'
import type { IceServerEndpoint, RefreshReason, ResolvedOptions } from '../options.js'
import { readReceived } from './read-received.js'
import { describeEndpoint } from './request-errors.js'
import { requestResponse } from './request-response.js'

/**
 * A request that took longer than this multiple of `timeoutMs` was in flight while the machine slept: timers stand still
 * then, and the clock goes on.
 */
const SLEEP_RATIO = 2

/** Failures that a sleep causes: the response has expired, or never arrives. Any other one is that of the backend. */
const SLEEP_ERRORS: readonly IceServerErrorCode[] = ['ERR_EXPIRED', 'ERR_NETWORK', 'ERR_TIMEOUT']

/**
 * Resolves with the configuration that the endpoint returns. Aborts the request with `ERR_TIMEOUT` after `timeoutMs`. If the
 * machine slept during the request and the response is of no use any more, the request is made once more.
 *
 * @param memory - The responses of earlier requests.
 * @throws {@link IceServerError} for every failure; it contains nothing that was sent or received.
 */
export async function fetchConfiguration(
  endpoint: IceServerEndpoint,
  options: ResolvedOptions,
  controller: AbortController,
  reason: RefreshReason,
  memory: ResponseMemory = new ResponseMemory(),
): Promise<IceConfiguration> {
  const { now, timeoutMs, minRefreshIntervalMs } = options
  const startedAt = now()
  const attempt = () => fetchWithinTimeLimit(endpoint, options, controller.signal, reason, memory)
  try {
    return await attempt()
  } catch (error) {
    const hasSlept = now() - startedAt > Math.max(timeoutMs * SLEEP_RATIO, minRefreshIntervalMs)
    const isCausedBySleep = hasSlept && isIceServerError(error) && SLEEP_ERRORS.includes(error.code)
    if (isCausedBySleep) return attempt()
    throw error
  }
}

async function fetchWithinTimeLimit(
  endpoint: IceServerEndpoint,
  options: ResolvedOptions,
  parentSignal: AbortSignal,
  reason: RefreshReason,
  memory: ResponseMemory,
): Promise<IceConfiguration> {
  const { timeoutMs, method } = options
  const controller = new AbortController()
  const onParentAbort = () => abortWith(controller, abortReasonOf(parentSignal))
  const onTimeout = () => {
    const message = `${describeEndpoint(endpoint, method)}: no complete response within ${timeoutMs} ms`
    abortWith(controller, new IceServerError('ERR_TIMEOUT', message))
  }
  const timer = setTimeout(onTimeout, timeoutMs)
  parentSignal.addEventListener('abort', onParentAbort)
  try {
    return await rejectOnAbort(
      requestConfiguration(endpoint, options, controller.signal, reason, memory),
      controller.signal,
    )
  } catch (error) {
    controller.abort() // Stops the rest of the response.
    throw error
  } finally {
    clearTimeout(timer)
    parentSignal.removeEventListener('abort', onParentAbort)
  }
}

async function requestConfiguration(
  endpoint: IceServerEndpoint,
  options: ResolvedOptions,
  signal: AbortSignal,
  reason: RefreshReason,
  memory: ResponseMemory,
): Promise<IceConfiguration> {
  return readReceived(await requestResponse(endpoint, options, signal, reason), options, memory)
}
