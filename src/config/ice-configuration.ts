import { IceServerError } from '../errors.js'
import { type ExpirySource, resolveExpiry } from './expiry.js'
import { explainRTCIceServer, type RTCIceServer } from './ice-server.js'
import { type IceUrl, isTurnScheme, type ParseIceUrlResult, parseIceUrl } from './ice-url.js'
import { readSecondsAsMs } from './moments.js'
import { readResponse } from './response-shapes.js'
import { type UrlFilter, withoutPort53 } from './url-filter.js'

/** How many faults an error message names. */
const MAX_PROBLEMS = 10

/** A configuration that browsers accept, and how long it lasts. Deeply frozen. */
export interface IceConfiguration {
  /** Ready for `new RTCPeerConnection({ iceServers })`. Frozen: copy it before you change it. */
  readonly iceServers: RTCIceServer[]
  /** When the credentials end, epoch ms by the client's clock. */
  readonly expiresAt: number
  /** What told `expiresAt`. */
  readonly expirySource: ExpirySource
  /** When the request for it was sent, epoch ms by the client's clock; the lifetime counts from here. */
  readonly fetchedAt: number
  /** The URLs that are left out, and why. */
  readonly dropped: readonly DroppedUrl[]
}

/** A URL of the answer that is not in the configuration. */
export interface DroppedUrl {
  readonly url: string
  readonly reason: string
}

/** What {@link readIceConfiguration} may know beside the body. */
export interface ReadContext {
  /** When the request was sent, epoch ms. @defaultValue now */
  sentAt?: number
  /** Headers of the answer: `Date`, `Age`, `Cache-Control` and `Expires` are looked at. */
  headers?: Headers | undefined
  /** Which URLs to keep. @defaultValue {@link withoutPort53} */
  urlFilter?: UrlFilter | readonly UrlFilter[]
  /** Lifetime in seconds if nothing in the answer tells it. @defaultValue 3600 */
  defaultTtlSeconds?: number
  /** Refuse a configuration without a TURN server. @defaultValue false */
  requireTurn?: boolean
  /** Epoch ms. @defaultValue `Date.now` */
  now?: () => number
}

/**
 * Turns a backend's answer, whichever provider's shape it has, into a configuration: finds the servers,
 * filters their URLs, drops duplicates, validates what is left, and finds out when it ends. For apps that
 * fetch by themselves; `IceServerProvider` does it for you.
 *
 * @throws {@link IceServerError} `ERR_RESPONSE` if there is no server in it, `ERR_ICE_SERVER` if a browser
 * would refuse one or a filter left none, `ERR_EXPIRED` if it had already ended.
 *
 * @example
 * ```ts
 * const sentAt = Date.now()
 * const response = await fetch('/api/ice-servers')
 * const { iceServers } = readIceConfiguration(await response.json(), { sentAt, headers: response.headers })
 * ```
 */
export function readIceConfiguration(body: unknown, context: ReadContext = {}): IceConfiguration {
  const { now = Date.now, sentAt = now(), headers, defaultTtlSeconds = 3600 } = context
  const { servers, lifetimeCarriers } = readResponse(body)
  const { iceServers, dropped } = selectUrls(validated(servers), [context.urlFilter ?? withoutPort53].flat())
  const kind = context.requireTurn ? 'TURN' : 'ICE'
  const isNeeded = (url: string) => kind === 'ICE' || /^turn/i.test(url)
  if (!iceServers.some(({ urls }) => urls.some(isNeeded))) {
    throw new IceServerError(
      'ERR_ICE_SERVER',
      `no ${kind} server is left, ${dropped.length} URLs were dropped`,
    )
  }

  const usernames = iceServers.map((server) => server.username ?? '')
  const clues = { carriers: lifetimeCarriers, usernames, defaultTtlSeconds }
  const ageMs = readSecondsAsMs(headers?.get('age')) ?? 0 // in a shared cache (RFC 9111 §5.1)
  const expiry = resolveExpiry(clues, { sentAt: sentAt - ageMs, headers })
  if (expiry.expiresAt <= now()) {
    const message = `the credentials had expired, by ${expiry.expirySource}: is a clock wrong?`
    throw new IceServerError('ERR_EXPIRED', message)
  }
  return deepFreeze({ iceServers, ...expiry, fetchedAt: sentAt, dropped })
}

function validated(servers: readonly unknown[]): readonly RTCIceServer[] {
  const problems = servers.flatMap((server, index) =>
    explainRTCIceServer(server).map(
      (problem) => `iceServers[${index}]${/^it /.test(problem) ? ': ' : '.'}${problem}`,
    ),
  )
  if (problems.length > 0)
    throw new IceServerError('ERR_ICE_SERVER', problems.slice(0, MAX_PROBLEMS).join('; '))
  return servers as readonly RTCIceServer[]
}

/** Drops duplicates, then what the filters leave out, then servers without URLs. */
function selectUrls(servers: readonly RTCIceServer[], filters: readonly UrlFilter[]) {
  const parsed = servers.map((server) => ({ server, urls: [server.urls].flat().map(parseValid) }))
  const kept = new Set(parsed.flatMap(({ urls }) => urls))
  const dropped: DroppedUrl[] = []
  const keepOnly = (chosen: ReadonlySet<IceUrl>, reason: string) => {
    for (const url of kept) if (!chosen.has(url) && kept.delete(url)) dropped.push({ url: url.href, reason })
  }
  const ways = parsed.flatMap(({ server, urls }) => urls.map((url) => [wayOf(url, server), url] as const))
  keepOnly(new Set(new Map(ways.reverse()).values()), 'duplicate')
  for (const filter of filters) keepOnly(new Set(filter([...kept])), filter.reason ?? 'urlFilter left it out')

  const iceServers = parsed
    .map(({ server, urls }) => ({
      ...server,
      urls: urls.filter((url) => kept.has(url)).map(({ href }) => href),
    }))
    .filter(({ urls }) => urls.length > 0)
  return { iceServers, dropped }
}

function parseValid(href: string): IceUrl {
  return (parseIceUrl(href) as Extract<ParseIceUrlResult, { ok: true }>).url
}

/** URLs that lead to the same server in the same way with the same credentials are one. */
function wayOf({ href, ...way }: IceUrl, { username, credential }: RTCIceServer): string {
  return JSON.stringify([way, isTurnScheme(way.scheme) && [username, credential]])
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) if (Object(member) === member) deepFreeze(member)
  return Object.freeze(value)
}
