/** Reads a configuration from the response of a backend. */
import { IceServerError } from '../errors.js'
import { assertKnownOptions } from '../option-checks.js'
import { isObject } from '../type-guards.js'
import type { AfterExpiry } from './after-expiry.js'
import { readServerTime } from './clock-offset.js'
import { type ExpirySource, type ResolvedExpiry, resolveExpiry } from './expiry.js'
import type { RTCIceServer } from './ice-server.js'
import { bodyOrLinkedServers } from './link-header.js'
import { ResponseMemory } from './response-memory.js'
import {
  type DroppedUrl,
  describeInvalidServers,
  type ServerSelectionOptions,
  selectServers,
} from './select-servers.js'
import { parseSecondsAsMs } from './timestamps.js'

/** ICE servers that browsers accept, and their lifetime. Deeply frozen. @group Provider */
export interface IceConfiguration {
  /** Ready for `new RTCPeerConnection({ iceServers })`. Frozen: copy the list before you change it. */
  readonly iceServers: RTCIceServer[]
  /** When the credentials expire, epoch ms by the client's clock. */
  readonly expiresAt: number
  /** What `expiresAt` was read from. */
  readonly expirySource: ExpirySource
  /** When the request was sent, epoch ms by the client's clock. The lifetime starts then. */
  readonly fetchedAt: number
  /** The servers and URLs that were left out, and why. */
  readonly dropped: readonly DroppedUrl[]
  /** What is wrong with the response although it is used; `undefined` if nothing is. */
  readonly warnings?: readonly ResponseWarning[] | undefined
  /** What the TURN server does with live allocations at expiry; `undefined` if the response does not contain it. */
  readonly afterExpiry: AfterExpiry | undefined
}

/** Something that is wrong with a response although it is used. The provider reports it as an error event. @group Validation and configuration */
export interface ResponseWarning {
  /** `ERR_ICE_SERVER`: servers or URLs were left out. `ERR_RESPONSE`: a lifetime was ignored or shortened. */
  readonly code: 'ERR_ICE_SERVER' | 'ERR_RESPONSE'
  /** Contains no value of the response. */
  readonly message: string
}

/** Options of {@link readIceConfiguration}. @expand @group Validation and configuration */
export interface ReadIceConfigurationOptions extends ServerSelectionOptions {
  /** When the request was sent, epoch ms. @defaultValue now */
  sentAt?: number | undefined
  /** Headers of the response: `Date`, `Age`, `Cache-Control` and `Expires` are read, and `Link` if the body is not JSON. */
  headers?: Pick<Headers, 'get'> | undefined
  /** Lifetime in seconds if the response contains none. @defaultValue 3600 */
  defaultTtlSeconds?: number | undefined
  /** Returns epoch ms. @defaultValue `Date.now` */
  now?: (() => number) | undefined
}

const OPTION_NAMES: readonly (keyof ReadIceConfigurationOptions)[] = [
  'urlFilter',
  'requireTurn',
  'invalidServers',
  'sentAt',
  'headers',
  'defaultTtlSeconds',
  'now',
]

/**
 * Reads a configuration from the response of a backend, in any provider's shape or with `Link` headers: extracts the servers,
 * validates them, drops invalid ones and duplicates, filters the URLs, and determines the expiry. For apps that fetch the response
 * themselves; `IceServerProvider` does all of it.
 *
 * @throws {@link IceServerError} `ERR_RESPONSE` if the response contains no list of servers, `ERR_ICE_SERVER` if no server
 * is left, or if browsers would reject one and `invalidServers` is `'reject'`, `ERR_EXPIRED` if the credentials have already
 * expired.
 * @throws TypeError for an unknown option.
 *
 * @example
 * ```ts
 * const sentAt = Date.now()
 * const response = await fetch('/api/ice-servers')
 * const { iceServers } = readIceConfiguration(await response.json(), { sentAt, headers: response.headers })
 * ```
 * @group Validation and configuration
 */
export function readIceConfiguration(
  body: unknown,
  options: ReadIceConfigurationOptions = {},
): IceConfiguration {
  assertKnownOptions('readIceConfiguration', options, OPTION_NAMES)
  return readResponse(body, options, new ResponseMemory())
}

/** Reads a configuration like {@link readIceConfiguration}, and compares it with the responses before it. */
export function readResponse(
  body: unknown,
  options: ReadIceConfigurationOptions,
  memory: ResponseMemory,
): IceConfiguration {
  const { now = Date.now, sentAt = now(), headers, defaultTtlSeconds = 3600 } = options
  const { iceServers, dropped, expiryFields, afterExpiry } = selectServers(
    bodyOrLinkedServers(body, headers),
    options,
  )
  const usernames = iceServers.map((server) => server.username ?? '')
  const createdAt = readServerTime(headers, expiryFields)
  const response = { iceServers, createdAt, sentAt: sentAt - readAgeMs(headers) }
  const timing = { sentAt: memory.firstSentAt(response), headers }
  const expiry = resolveExpiry({ expiryFields, usernames, defaultTtlSeconds }, timing)
  const { expiresAt, expirySource, problems } = expiry
  if (expiresAt <= now()) throw expiredError(expiry, memory.hasReceived(response))
  memory.remember(response)
  const warnings = toWarnings(describeInvalidServers(dropped), problems)
  return deepFreeze({
    iceServers,
    expiresAt,
    expirySource,
    fetchedAt: sentAt,
    dropped,
    afterExpiry,
    warnings,
  })
}

/** The time in shared caches. Of the values of several caches the first one counts (RFC 9111 §5.1). */
function readAgeMs(headers: ReadIceConfigurationOptions['headers']): number {
  const [age] = headers?.get('age')?.split(',') ?? []
  return Math.max(0, parseSecondsAsMs(age?.trim()) ?? 0)
}

function toWarnings(
  invalidServers: string | undefined,
  lifetimeProblems: readonly string[],
): ResponseWarning[] | undefined {
  const warnings = lifetimeProblems.map((message): ResponseWarning => ({ code: 'ERR_RESPONSE', message }))
  if (invalidServers) warnings.unshift({ code: 'ERR_ICE_SERVER', message: `left out ${invalidServers}` })
  return warnings.length > 0 ? warnings : undefined
}

function expiredError(expiry: ResolvedExpiry, isReceivedBefore: boolean): IceServerError {
  return new IceServerError('ERR_EXPIRED', explainExpiry(expiry, isReceivedBefore))
}

function explainExpiry({ expirySource, duration }: ResolvedExpiry, isReceivedBefore: boolean): string {
  if (duration && !duration.isPositive) {
    return 'ttl is 0 or less: the backend returned credentials that are already expired'
  }
  const message = `the credentials have already expired (${expirySource})`
  if (isReceivedBefore) {
    return `${message}, and were received before: a cache or a service worker returns an old response, or the backend returns old credentials`
  }
  if (duration?.startsAtIssueTime) {
    return `${message}: the lifetime counts from the issue time in the response, so the backend caches them for too long`
  }
  return `${message}: is the clock of the backend or of this device wrong?`
}

/** Freezes a value and everything in it, and returns it. */
export function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) if (isObject(member)) deepFreeze(member)
  return Object.freeze(value)
}
