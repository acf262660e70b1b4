import { type IceUrl, isTurnScheme } from './ice-url.js'

/**
 * Takes the URLs of all servers of a configuration and returns those to keep, in any order. Filters
 * compose: give a list of them, and each gets what the one before it kept.
 *
 * @example
 * ```ts
 * // Firefox refuses a whole configuration for one stuns: URL.
 * const withoutStuns: UrlFilter = (urls) => urls.filter((url) => url.scheme !== 'stuns')
 * ```
 */
export interface UrlFilter {
  (urls: readonly IceUrl[]): readonly IceUrl[]
  /** Why this filter drops a URL; what `dropped` says of it. */
  readonly reason?: string
}

/**
 * Drops URLs on port 53. Chromium accepts them and then never sends a packet to them, so that gathering
 * hangs. Compares the parsed port: a test for the text `:53` would drop port 5349, TURN over TLS, as well.
 */
export const withoutPort53: UrlFilter = /* @__PURE__ */ Object.assign(
  (urls: readonly IceUrl[]) => urls.filter((url) => url.port !== 53),
  { reason: 'browsers send nothing to port 53' },
)

/**
 * Makes a filter that keeps at most `count` URLs, as many different transports among them as there are:
 * it takes in turn the first URL of TURN over UDP, of TURN over TLS (which passes most firewalls), of TURN
 * over TCP and of STUN. CandidateGathering slows with every URL, and Firefox warns from the fifth.
 *
 * @throws TypeError if `count` is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * new IceServerProvider('/api/ice-servers', { urlFilter: [withoutPort53, limitUrls(4)] })
 * ```
 */
export function limitUrls(count: number): UrlFilter {
  if (!Number.isInteger(count) || count < 1)
    throw new TypeError('limitUrls: count must be a whole number from 1')

  const keepDiverse = (urls: readonly IceUrl[]) => {
    const kinds = [0, 1, 2, 3].map((rank) => urls.filter((url) => transportRank(url) === rank))
    const rounds = urls.flatMap((_, round) => kinds.flatMap((kind) => kind.slice(round, round + 1)))
    return rounds.slice(0, count)
  }
  return Object.assign(keepDiverse, { reason: 'beyond the limit' })
}

/** Which kind of URL comes first in each round. */
function transportRank({ scheme, transport }: IceUrl): number {
  if (!isTurnScheme(scheme)) return 3
  if (scheme === 'turns') return 1
  return transport === 'udp' ? 0 : 2
}
