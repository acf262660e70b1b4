/** Reads the configuration of a received response, after the application's `parse` function. */
import { type IceConfiguration, readResponse } from '../config/read-response.js'
import type { ReceivedResponse } from '../config/received-response.js'
import type { ResponseMemory } from '../config/response-memory.js'
import { IceServerError } from '../errors.js'
import type { ResolvedOptions } from '../options.js'
import { callAppFunction, toAppError } from './app-function.js'

/**
 * Resolves with the configuration of a response.
 *
 * @param memory - The responses from the same source.
 * @throws {@link IceServerError} like `readIceConfiguration`, and `ERR_RESPONSE` if `parse` or `urlFilter` throws.
 */
export async function readReceived(
  received: ReceivedResponse,
  options: ResolvedOptions,
  memory: ResponseMemory,
): Promise<IceConfiguration> {
  const { parse, now } = options
  const { body } = received
  const parsed = parse ? await callAppFunction('ERR_RESPONSE', 'parse', now, () => parse(body)) : body
  return readConfiguration({ ...received, body: parsed }, options, memory)
}

/**
 * Returns the configuration of the `initialResponse`. It is part of the page, so its lifetime starts with the navigation;
 * without a document, it starts now.
 *
 * @throws {@link IceServerError} like {@link readReceived}, and `ERR_RESPONSE` if `parse` is async.
 */
export function readInitialResponse(options: ResolvedOptions, memory: ResponseMemory): IceConfiguration {
  const { initialResponse, parse, now } = options
  const sentAt = globalThis.document ? Math.min(performance.timeOrigin, now()) : now()
  const body = parse ? callParse(() => parse(initialResponse), now) : initialResponse
  if (body instanceof Promise) {
    body.catch(() => {})
    throw new IceServerError('ERR_RESPONSE', 'initialResponse: parse must return the response, got a Promise')
  }
  return readConfiguration({ body, sentAt }, options, memory)
}

function callParse(parse: () => unknown, now: () => number): unknown {
  try {
    return parse()
  } catch (error) {
    throw toAppError(error, 'ERR_RESPONSE', 'parse', now)
  }
}

function readConfiguration(
  { body, headers, sentAt }: ReceivedResponse,
  { urlFilter, requireTurn, invalidServers, defaultTtlSeconds, now }: ResolvedOptions,
  memory: ResponseMemory,
): IceConfiguration {
  const readOptions = { urlFilter, requireTurn, invalidServers, defaultTtlSeconds, now, sentAt, headers }
  try {
    return readResponse(body, readOptions, memory)
  } catch (error) {
    throw toAppError(error, 'ERR_RESPONSE', 'urlFilter', now)
  }
}
