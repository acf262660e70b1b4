import type { ServerResponse } from 'node:http'
import { fetchConfiguration } from '../../src/fetch/fetch-configuration.js'
import { type IceServerEndpoint, type IceServerProviderOptions, resolveOptions } from '../../src/options.js'

export const SECRET = 'secret-token'

/** One refresh, without a provider; it is not tried again unless the options say so. */
export function request(
  endpoint: IceServerEndpoint,
  options: IceServerProviderOptions = {},
  controller = new AbortController(),
) {
  const quick = { minRefreshIntervalMs: 1, retryLimit: 0, ...options }
  return fetchConfiguration(endpoint, resolveOptions(endpoint, quick), controller, 'initial')
}

export const html = (response: ServerResponse) =>
  response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><form>')
