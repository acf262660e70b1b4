/** Extracts the servers of a response, validates them, and selects their URLs. */
import { IceServerError } from '../errors.js'
import { formatProblem, type IceServerProblem, type RTCIceServer, validateServer } from './ice-server.js'
import { type IceUrl, isTurnScheme } from './ice-url.js'
import { type ExtractedServers, extractServers } from './response-shapes.js'
import { urlKey } from './server-keys.js'
import { type UrlFilter, withoutPort53 } from './url-filter.js'

/** Maximum number of problems or URLs in an error message. */
const MAX_PROBLEMS = 10

/** A server or a URL of the response that is not in the configuration. @group Validation and configuration */
export interface DroppedUrl {
  /** The URL as it is in the response, if it is valid. An invalid one could be anything, also a secret. */
  readonly url?: string
  /** Where an invalid server or URL is, such as `iceServers[1].urls[0]`. */
  readonly path?: string
  /** The reason of the filter, that the URL is a duplicate, or why browsers would reject it. */
  readonly reason: string
}

/** Which servers of a response to use. @group Validation and configuration */
export interface ServerSelectionOptions {
  /** Which URLs to keep. @defaultValue {@link withoutPort53} */
  urlFilter?: UrlFilter | readonly UrlFilter[] | undefined
  /** Reject a response without a TURN server. @defaultValue false */
  requireTurn?: boolean | undefined
  /**
   * What happens to a response with a server or URL that browsers would reject: `'drop'` leaves it out and uses the
   * rest, `'reject'` rejects the response. @defaultValue `'drop'`
   */
  invalidServers?: 'drop' | 'reject' | undefined
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
 * Extracts the servers of a response, validates them, and selects their URLs. The list is empty only if the response is
 * deliberately without servers.
 *
 * @throws {@link IceServerError} `ERR_RESPONSE` if the response contains no list of servers, `ERR_ICE_SERVER` if
 * browsers would reject a server and `invalidServers` is `'reject'`, or if none is left.
 */
export function selectServers(
  body: unknown,
  { urlFilter = withoutPort53, requireTurn, invalidServers = 'drop' }: ServerSelectionOptions,
): SelectedServers {
  const { servers, expiryFields, afterExpiry } = extractServers(body)
  const isDeliberatelyEmpty = servers.length === 0
  if (isDeliberatelyEmpty && requireTurn) {
    throw new IceServerError('ERR_RESPONSE', 'the list of ICE servers in the response is empty')
  }
  const { validServers, problems } = validateServers(servers)
  if (problems.length > 0 && (invalidServers === 'reject' || validServers.length === 0)) {
    throw new IceServerError('ERR_ICE_SERVER', formatProblems(problems))
  }
  const { parsedServers, dropped: droppedUrls } = selectUrls(validServers, [urlFilter].flat())
  const dropped = [...problems, ...droppedUrls]
  const isRequired = ({ scheme }: IceUrl) => !requireTurn || isTurnScheme(scheme)
  const hasRequired = parsedServers.some(({ urls }) => urls.some(isRequired))
  if (!hasRequired && !isDeliberatelyEmpty) {
    const message = `no usable ${requireTurn ? 'TURN' : 'ICE'} server`
    throw new IceServerError('ERR_ICE_SERVER', message + explainDropped(dropped))
  }
  const iceServers = parsedServers.map(({ server, urls }) => {
    const { credentialType: _, ...members } = server
    return { ...members, urls: urls.map(({ href }) => href) }
  })
  return { iceServers, dropped, expiryFields, afterExpiry }
}

/** Returns a text with the problems of the servers that were left out; `undefined` if there are none. */
export function describeInvalidServers(dropped: readonly DroppedUrl[]): string | undefined {
  const problems = dropped.flatMap(({ path, reason }) => (path === undefined ? [] : { path, reason }))
  return problems.length > 0 ? formatProblems(problems) : undefined
}

function formatProblems(problems: readonly IceServerProblem[]): string {
  return problems.slice(0, MAX_PROBLEMS).map(formatProblem).join('; ')
}

function explainDropped(dropped: readonly DroppedUrl[]): string {
  if (dropped.length === 0) return ' in the response'
  const reasons = dropped.map(({ url, path = '', reason }) =>
    url === undefined ? formatProblem({ path, reason }) : `${url} was dropped (${reason})`,
  )
  return `: ${reasons.slice(0, MAX_PROBLEMS).join('; ')}`
}

/** Returns the servers with their valid URLs, without those that are invalid as a whole. */
function validateServers(servers: readonly unknown[]) {
  const validations = servers.map(validateServer)
  const validServers = validations.flatMap(({ isUsable, urls }, index): ParsedServer[] =>
    isUsable ? [{ server: servers[index] as RTCIceServer, urls }] : [],
  )
  const problems = validations.flatMap(({ problems }, index) =>
    problems.map(({ path, reason }) => ({
      path: path ? `iceServers[${index}].${path}` : `iceServers[${index}]`,
      reason,
    })),
  )
  return { validServers, problems }
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
