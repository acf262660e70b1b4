import type { ServerResponse } from 'node:http'
import { fetchConfiguration } from '../../src/fetch/fetch-configuration.js'
import { type IceServerEndpoint, type IceServerProviderOptions, resolveOptions } from '../../src/options.js'

export const SECRET = 'secret-token'

/** Fetches one configuration without a provider. Does not retry, unless the options say so. */
export function request(
  endpoint: IceServerEndpoint,
  options: IceServerProviderOptions = {},
  controller = new AbortController(),
) {
  const withoutRetries = { minRefreshIntervalMs: 1, retryLimit: 0, ...options }
  return fetchConfiguration(endpoint, resolveOptions(endpoint, withoutRetries), controller, 'initial')
}

export const html = (response: ServerResponse) =>
  response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><form>')
