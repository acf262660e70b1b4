import { IceServerError } from '../errors.js'
import { type RTCIceServer, validateServer } from './ice-server.js'
import { canonicalUrl, type IceUrl, isTurnScheme, parseIceUrl } from './ice-url.js'
import { type ExtractedServers, extractServers } from './response-shapes.js'
import { type UrlFilter, withoutPort53 } from './url-filter.js'

/** How many faults an error message names. */
const MAX_PROBLEMS = 10

/** A URL of the answer that is not in the configuration. */
export interface DroppedUrl {
  /** As the answer had it. */
  readonly url: string
  /** In words: of the filter, or that it is a duplicate. */
  readonly reason: string
}

/** Which servers of an answer are let through. */
export interface ServerSelectionOptions {
  /** Which URLs to keep. @defaultValue {@link withoutPort53} */
  urlFilter?: UrlFilter | readonly UrlFilter[]
  /** Refuse an answer without a TURN server. @defaultValue false */
  requireTurn?: boolean
}

/** The servers of an answer, and what else there is to know of it. */
export interface SelectedServers extends Pick<ExtractedServers, 'expiryFields'> {
  readonly iceServers: (RTCIceServer & { urls: string[] })[]
  readonly dropped: DroppedUrl[]
}

/**
 * Finds the servers in an answer, validates them, and selects their URLs.
 *
 * @throws {@link IceServerError} `ERR_RESPONSE` if there is no server in it, `ERR_ICE_SERVER` if a browser
 * would refuse one or none is left.
 */
export function selectServers(
  body: unknown,
  { urlFilter = withoutPort53, requireTurn }: ServerSelectionOptions,
): SelectedServers {
  const { servers, expiryFields } = extractServers(body)
  const { iceServers, dropped } = selectUrls(validated(servers), [urlFilter].flat())
  const kind = requireTurn ? 'TURN' : 'ICE'
  const isNeeded = (url: string) => kind === 'ICE' || /^turn/i.test(url)
  if (!iceServers.some(({ urls }) => urls.some(isNeeded))) {
    throw new IceServerError('ERR_ICE_SERVER', `no ${kind} server is left, ${dropped.length} URLs dropped`)
  }
  return { iceServers, dropped, expiryFields }
}

interface ParsedServer {
  readonly server: RTCIceServer
  readonly urls: readonly IceUrl[]
}

function validated(servers: readonly unknown[]): ParsedServer[] {
  const inspections = servers.map(validateServer)
  const problems = inspections.flatMap(({ problems }, index) =>
    problems.map((problem) => `iceServers[${index}]${/^it /.test(problem) ? ': ' : '.'}${problem}`),
  )
  if (problems.length > 0)
    throw new IceServerError('ERR_ICE_SERVER', problems.slice(0, MAX_PROBLEMS).join('; '))
  return inspections.map(({ urls }, index) => ({ server: servers[index] as RTCIceServer, urls }))
}

type Drop = (url: IceUrl, reason: string) => void

/** Drops duplicates, then what the filters leave out, then servers without URLs. */
function selectUrls(servers: readonly ParsedServer[], filters: readonly UrlFilter[]) {
  const dropped: DroppedUrl[] = []
  const drop: Drop = ({ href }, reason) => dropped.push({ url: href, reason })
  const kept = removeDuplicates(servers, drop)
  for (const filter of filters) {
    const chosen = new Set(filter([...kept]))
    for (const url of kept)
      if (!chosen.has(url) && kept.delete(url)) drop(url, filter.reason ?? 'filtered out')
  }
  const iceServers = servers.map(({ server, urls }) => ({
    ...server,
    urls: urls.filter((url) => kept.has(url)).map(({ href }) => href),
  }))
  return { iceServers: iceServers.filter(({ urls }) => urls.length > 0), dropped }
}

/** URLs that lead to the same server in the same way with the same credentials are one. */
function removeDuplicates(servers: readonly ParsedServer[], drop: Drop): Set<IceUrl> {
  const ways = new Map<string, IceUrl>()
  for (const { server, urls } of servers) {
    const login = JSON.stringify([server.username, server.credential])
    for (const url of urls) {
      const way = canonicalUrl(url) + (isTurnScheme(url.scheme) ? login : '')
      if (ways.has(way)) drop(url, 'duplicate')
      else ways.set(way, url)
    }
  }
  return new Set(ways.values())
}

/** Tells whether the servers have a URL, however it is written: browsers report them in a form of their own. */
export function includesUrl(servers: readonly RTCIceServer[], href: string): boolean {
  const wanted = parseIceUrl(href)
  const isWanted = (url: string) => {
    const parsed = parseIceUrl(url)
    return wanted.ok && parsed.ok && canonicalUrl(parsed.url) === canonicalUrl(wanted.url)
  }
  return servers.some(({ urls }) => [urls].flat().some(isWanted))
}
