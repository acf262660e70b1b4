/** Fetches Cloudflare's ICE servers with one function, as Cloudflare's reference describes it. */
import type { RTCIceServer } from '../config/ice-server.js'
import { isTurnScheme, parseIceUrl } from '../config/ice-url.js'
import { withoutPort53 } from '../config/url-filter.js'
import { assertKnownOptions } from '../option-checks.js'
import type { ApiOptions } from './api-request.js'
import { type CloudflareTURNConfig, CONFIG_NAMES, createCloudflareClient } from './cloudflare-turn.js'

/**
 * Resolves with Cloudflare's ICE servers in the form for browsers: a STUN entry, then the TURN entry, without port 53.
 *
 * @throws RangeError for a ttl outside 1 to 172 800, before any request; TypeError for any other invalid option;
 * {@link TurnApiError}
 *
 * @example
 * ```ts
 * const iceServers = await fetchTURNServers({ keyId, keySecret, ttl: 3600 })
 * ```
 * @group Server: Cloudflare
 */
export async function fetchTURNServers(config: CloudflareTURNConfig & ApiOptions): Promise<RTCIceServer[]> {
  const owner = 'fetchTURNServers'
  assertKnownOptions(owner, config, CONFIG_NAMES)
  const turn = createCloudflareClient(owner, { ...config, urlFilter: withoutPort53 })
  const { iceServers: servers } = await turn.generateCredentials()
  const urls = servers.flatMap((server) => server.urls)
  const stun = { urls: urls.filter((url) => !isTurnUrl(url)) }
  const credentials = servers.find(({ username }) => username)
  const turnServer = { ...credentials, urls: urls.filter(isTurnUrl) }
  return [stun, turnServer].filter((server) => server.urls.length > 0)
}

function isTurnUrl(href: string): boolean {
  const result = parseIceUrl(href)
  return result.ok && isTurnScheme(result.url.scheme)
}
