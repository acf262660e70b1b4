/** Filters that select the URLs of a configuration. */
import { assertOption } from '../option-checks.js'
import { type IceUrl, isTurnScheme } from './ice-url.js'

/**
 * Receives the URLs of all servers of a configuration and returns those to keep, in any order. Filters compose:
 * in a list, each receives the URLs that the previous one kept.
 *
 * @example
 * ```ts
 * // Firefox rejects the whole configuration if it contains a stuns: URL.
 * const withoutStuns: UrlFilter = (urls) => urls.filter((url) => url.scheme !== 'stuns')
 * ```
 * @group Validation and configuration
 */
export interface UrlFilter {
  (urls: readonly IceUrl[]): readonly IceUrl[]
  /** Why this filter drops a URL. It is the `reason` in `dropped`. */
  readonly reason?: string
}

/**
 * Drops URLs on port 53. Chromium accepts them, but sends no packet to this port, so that gathering waits until it
 * times out. Compares the parsed port: a search for `:53` would also drop port 5349, TURN over TLS.
 * @group Validation and configuration
 */
export const withoutPort53: UrlFilter = /* @__PURE__ */ Object.assign(
  (urls: readonly IceUrl[]) => urls.filter((url) => url.port !== 53),
  { reason: 'port 53, blocked by Chromium' },
)

/**
 * Returns a filter that keeps at most `count` URLs, with as many different transports as possible: it takes in turn
 * a URL of TURN over UDP, of TURN over TLS (port 443 first, which passes most firewalls), of TURN over TCP, and of STUN. Of
 * two URLs it therefore keeps TURN over UDP and over TLS, of three also TURN over TCP, where they exist. TURN over DTLS,
 * which no browser supports, comes last. Every URL slows down gathering, and Firefox warns from the fifth URL.
 *
 * @throws TypeError if `count` is not an integer of at least 1.
 *
 * @example
 * ```ts
 * new IceServerProvider('/api/ice-servers', { urlFilter: [withoutPort53, limitUrls(4)] })
 * ```
 * @group Validation and configuration
 */
export function limitUrls(count: number): UrlFilter {
  const isValid = Number.isInteger(count) && count >= 1
  assertOption(isValid, 'limitUrls', 'count', 'an integer of at least 1', count)

  const keepMixOfTransports = (urls: readonly IceUrl[]) => {
    const sorted = [...urls].sort((a, b) => Number(isTlsOnPort443(b)) - Number(isTlsOnPort443(a)))
    const urlsByRank = [0, 1, 2, 3].map((rank) => sorted.filter((url) => transportRank(url) === rank))
    const interleaved = urls.flatMap((_, round) => urlsByRank.flatMap((list) => list.slice(round, round + 1)))
    return [...interleaved, ...urls.filter(isTurnOverDtls)].slice(0, count)
  }
  return Object.assign(keepMixOfTransports, { reason: 'over the limit of limitUrls' })
}

/** Position of the URL in each round; `undefined` for TURN over DTLS, which has none. */
function transportRank(url: IceUrl): number | undefined {
  if (isTurnOverDtls(url)) return undefined
  if (!isTurnScheme(url.scheme)) return 3
  if (url.scheme === 'turns') return 1
  return url.transport === 'udp' ? 0 : 2
}

function isTlsOnPort443({ scheme, port }: IceUrl): boolean {
  return scheme === 'turns' && port === 443
}

function isTurnOverDtls({ scheme, transport }: IceUrl): boolean {
  return scheme === 'turns' && transport === 'udp'
}
