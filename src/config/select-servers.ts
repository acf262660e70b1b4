/** Extracts the servers of a response, validates them, and selects their URLs. */
import { IceServerError } from '../errors.js'
import { formatProblem, type RTCIceServer, validateServer } from './ice-server.js'
import { type IceUrl, isTurnScheme } from './ice-url.js'
import { type ExtractedServers, extractServers } from './response-shapes.js'
import { urlKey } from './server-keys.js'
import { type UrlFilter, withoutPort53 } from './url-filter.js'

/** Maximum number of problems or URLs in an error message. */
const MAX_PROBLEMS = 10

/** A URL of the response that is not in the configuration. */
export interface DroppedUrl {
  /** The URL as it is in the response. */
  readonly url: string
  /** The reason of the filter, or that the URL is a duplicate. */
  readonly reason: string
}

/** Which servers of a response to use. */
export interface ServerSelectionOptions {
  /** Which URLs to keep. @defaultValue {@link withoutPort53} */
  urlFilter?: UrlFilter | readonly UrlFilter[] | undefined
  /** Reject a response without a TURN server. @defaultValue false */
  requireTurn?: boolean | undefined
}

/** A valid server with its parsed URLs. */
interface ParsedServer {
  readonly server: RTCIceServer
  readonly urls: readonly IceUrl[]
}

/** The selected servers of a response. */
export interface SelectedServers extends Pick<ExtractedServers, 'expiryFields' | 'afterExpiry'> {
  readonly iceServers: (RTCIceServer & { urls: string[] })[]
  readonly dropped: DroppedUrl[]
}

/**
 * Extracts the servers of a response, validates them, and selects their URLs.
 *
 * @throws {@link IceServerError} `ERR_RESPONSE` if the response contains no server, `ERR_ICE_SERVER` if browsers
 * would reject a server, or if none is left.
 */
export function selectServers(
  body: unknown,
  { urlFilter = withoutPort53, requireTurn }: ServerSelectionOptions,
): SelectedServers {
  const { servers, expiryFields, afterExpiry } = extractServers(body)
  const { parsedServers, dropped } = selectUrls(requireValidServers(servers), [urlFilter].flat())
  const requiredKind = requireTurn ? 'TURN' : 'ICE'
  const isRequired = ({ scheme }: IceUrl) => !requireTurn || isTurnScheme(scheme)
  if (!parsedServers.some(({ urls }) => urls.some(isRequired))) {
    throw new IceServerError('ERR_ICE_SERVER', `no usable ${requiredKind} server${explainDropped(dropped)}`)
  }
  const iceServers = parsedServers.map(({ server, urls }) => ({
    ...server,
    urls: urls.map(({ href }) => href),
  }))
  return { iceServers, dropped, expiryFields, afterExpiry }
}

function explainDropped(dropped: readonly DroppedUrl[]): string {
  if (dropped.length === 0) return ' in the response'
  const reasons = dropped.slice(0, MAX_PROBLEMS).map(({ url, reason }) => `${url} was dropped (${reason})`)
  return `: ${reasons.join('; ')}`
}

function requireValidServers(servers: readonly unknown[]): ParsedServer[] {
  const validations = servers.map(validateServer)
  const problems = validations.flatMap(({ problems }, index) =>
    problems.map(({ path, reason }) => ({
      path: path ? `iceServers[${index}].${path}` : `iceServers[${index}]`,
      reason,
    })),
  )
  if (problems.length > 0) {
    const message = problems.slice(0, MAX_PROBLEMS).map(formatProblem).join('; ')
    throw new IceServerError('ERR_ICE_SERVER', message)
  }
  return validations.map(({ urls }, index) => ({ server: servers[index] as RTCIceServer, urls }))
}

type Drop = (url: IceUrl, reason: string) => void

/** Drops duplicates, then the URLs that a filter does not keep, then servers without URLs. */
function selectUrls(servers: readonly ParsedServer[], filters: readonly UrlFilter[]) {
  const dropped: DroppedUrl[] = []
  const drop: Drop = ({ href }, reason) => dropped.push({ url: href, reason })
  let kept = removeDuplicates(servers, drop)
  for (const filter of filters) {
    const keptByFilter = new Set(filter([...kept]))
    for (const url of kept) {
      if (!keptByFilter.has(url)) drop(url, filter.reason ?? 'dropped by urlFilter')
    }
    kept = kept.filter((url) => keptByFilter.has(url))
  }
  const keptUrls = new Set(kept)
  const parsedServers = servers
    .map(({ server, urls }) => ({ server, urls: urls.filter((url) => keptUrls.has(url)) }))
    .filter(({ urls }) => urls.length > 0)
  return { parsedServers, dropped }
}

/** Two URLs are duplicates if they lead to the same server over the same transport with the same credentials. */
function removeDuplicates(servers: readonly ParsedServer[], drop: Drop): IceUrl[] {
  const urlsByKey = new Map<string, IceUrl>()
  for (const { server, urls } of servers) {
    for (const url of urls) {
      const key = urlKey(url, server)
      if (urlsByKey.has(key)) drop(url, 'duplicate')
      else urlsByKey.set(key, url)
    }
  }
  return [...urlsByKey.values()]
}
