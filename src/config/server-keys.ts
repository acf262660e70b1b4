/** Compares servers by what their URLs mean, and replaces some servers of a list by others. */
import type { RTCIceServer } from './ice-server.js'
import { canonicalUrl, type IceUrl, isTurnScheme, isTurnUrl, parseIceUrl } from './ice-url.js'

/**
 * Returns a key of one URL of a server: equal for two spellings of a URL. The credentials are part of it for TURN only,
 * because STUN servers do not use them.
 */
export function urlKey(url: IceUrl, { username, credential }: Omit<RTCIceServer, 'urls'>): string {
  const credentials = isTurnScheme(url.scheme) ? JSON.stringify([username, credential]) : ''
  return canonicalUrl(url) + credentials
}

/** Returns the keys of all URLs. The order of servers and URLs has no meaning in ICE. */
export function urlKeysOf(servers: readonly RTCIceServer[]): ReadonlySet<string> {
  return new Set(servers.flatMap((server) => [server.urls].flat().map((href) => keyOf(href, server))))
}

/** Whether two lists contain the same servers, however they are written and grouped. */
export function areSameServers(a: readonly RTCIceServer[], b: readonly RTCIceServer[]): boolean {
  const [keysOfA, keysOfB] = [urlKeysOf(a), urlKeysOf(b)]
  return keysOfA.size === keysOfB.size && [...keysOfA].every((key) => keysOfB.has(key))
}

/** Returns the URLs of the TURN servers. */
export function turnUrlsOf(servers: readonly RTCIceServer[]): IceUrl[] {
  const parsed = servers.flatMap((server) => server.urls).map(parseIceUrl)
  return parsed.flatMap((result) => (result.ok && isTurnScheme(result.url.scheme) ? result.url : []))
}

/** Returns host and port of the TURN servers, whatever the transport is. */
export function turnAddressesOf(servers: readonly RTCIceServer[]): ReadonlySet<string> {
  return new Set(turnUrlsOf(servers).map(({ host, port }) => `${host}:${port}`))
}

/** Returns the keys with which the servers contain a URL. */
export function keysOfUrl(servers: readonly RTCIceServer[], href: string): string[] {
  const wanted = parseIceUrl(href)
  if (!wanted.ok) return []
  const isWanted = (text: string) => {
    const parsed = parseIceUrl(text)
    return parsed.ok && canonicalUrl(parsed.url) === canonicalUrl(wanted.url)
  }
  return servers.flatMap((server) =>
    [server.urls].flat().flatMap((text) => (isWanted(text) ? [keyOf(text, server)] : [])),
  )
}

/**
 * Returns the servers with those that have one of the keys replaced, in place of the first of them. Other servers and
 * their order stay. Returns new objects, which the caller may change.
 *
 * A URL of the replacements is left out of the other servers, whatever its credentials are: browsers use one socket for both, so
 * that only one of the two allocations succeeds (RFC 8656 §7.2), and neither if the first one is rejected.
 *
 * @param replacedKeys - Keys of the servers to replace, see {@link urlKeysOf}.
 */
export function replaceServers(
  servers: readonly RTCIceServer[],
  replacedKeys: ReadonlySet<string>,
  replacements: readonly RTCIceServer[],
): RTCIceServer[] {
  const urlOf = (href: string) => keyOf(href, {})
  const newUrls = new Set(replacements.flatMap(({ urls }) => urls).map(urlOf))
  const result: RTCIceServer[] = []
  let insertAt: number | undefined
  for (const server of servers) {
    const urls = [server.urls].flat()
    const kept = urls.filter((href) => !replacedKeys.has(keyOf(href, server)) && !newUrls.has(urlOf(href)))
    if (kept.length < urls.length) insertAt ??= result.length
    if (kept.length > 0) result.push({ ...server, urls: kept })
  }
  result.splice(insertAt ?? result.length, 0, ...copyServers(replacements))
  return result
}

/** Returns the servers without any TURN URL but this one. Unchanged if they do not contain it. */
export function withOneTurnUrl(servers: readonly RTCIceServer[], href: string): readonly RTCIceServer[] {
  const [wantedKey] = keysOfUrl(servers, href)
  if (wantedKey === undefined) return servers
  return servers.flatMap((server) => {
    const urls = [server.urls].flat().filter((text) => !isTurnUrl(text) || keyOf(text, server) === wantedKey)
    return urls.length > 0 ? [{ ...server, urls }] : []
  })
}

/** Returns copies that the caller may change. */
export function copyServers(servers: readonly RTCIceServer[]): RTCIceServer[] {
  return servers.map((server) => ({
    ...server,
    urls: Array.isArray(server.urls) ? [...server.urls] : server.urls,
  }))
}

/** A URL that cannot be parsed is its own key: an app can pass anything to its connection. */
function keyOf(href: string, server: Omit<RTCIceServer, 'urls'>): string {
  const parsed = parseIceUrl(href)
  return parsed.ok ? urlKey(parsed.url, server) : JSON.stringify([href, server.username, server.credential])
}
