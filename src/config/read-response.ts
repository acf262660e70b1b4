/** Reads a configuration from the response of a backend. */
import { IceServerError } from '../errors.js'
import { assertKnownOptions } from '../option-checks.js'
import { isObject } from '../type-guards.js'
import type { AfterExpiry } from './after-expiry.js'
import { type Expiry, type ExpirySource, resolveExpiry } from './expiry.js'
import type { RTCIceServer } from './ice-server.js'
import { type DroppedUrl, type ServerSelectionOptions, selectServers } from './select-servers.js'
import { parseSecondsAsMs } from './timestamps.js'

/** ICE servers that browsers accept, and their lifetime. Deeply frozen. */
export interface IceConfiguration {
  /** Ready for `new RTCPeerConnection({ iceServers })`. Frozen: copy the list before you change it. */
  readonly iceServers: RTCIceServer[]
  /** When the credentials expire, epoch ms by the client's clock. */
  readonly expiresAt: number
  /** What `expiresAt` was read from. */
  readonly expirySource: ExpirySource
  /** When the request was sent, epoch ms by the client's clock. The lifetime starts then. */
  readonly fetchedAt: number
  /** The URLs that were left out, and why. */
  readonly dropped: readonly DroppedUrl[]
  /** What the TURN server does with live allocations at expiry; `undefined` if the response does not contain it. */
  readonly afterExpiry: AfterExpiry | undefined
}

/** Options of {@link readIceConfiguration}. */
export interface ReadIceConfigurationOptions extends ServerSelectionOptions {
  /** When the request was sent, epoch ms. @defaultValue now */
  sentAt?: number | undefined
  /** Headers of the response: `Date`, `Age`, `Cache-Control` and `Expires` are read. */
  headers?: Pick<Headers, 'get'> | undefined
  /** Lifetime in seconds if the response contains none. @defaultValue 3600 */
  defaultTtlSeconds?: number | undefined
  /** Returns epoch ms. @defaultValue `Date.now` */
  now?: (() => number) | undefined
}

const OPTION_NAMES: readonly (keyof ReadIceConfigurationOptions)[] = [
  'urlFilter',
  'requireTurn',
  'sentAt',
  'headers',
  'defaultTtlSeconds',
  'now',
]

/**
 * Reads a configuration from the response of a backend, in any provider's shape: extracts the servers, validates them,
 * drops duplicates, filters the URLs, and determines the expiry. For apps that fetch the response themselves;
 * `IceServerProvider` does all of it.
 *
 * @throws {@link IceServerError} `ERR_RESPONSE` if the response contains no server, `ERR_ICE_SERVER` if browsers would
 * reject a server or if no URL is left, `ERR_EXPIRED` if the credentials have already expired.
 * @throws TypeError for an unknown option.
 *
 * @example
 * ```ts
 * const sentAt = Date.now()
 * const response = await fetch('/api/ice-servers')
 * const { iceServers } = readIceConfiguration(await response.json(), { sentAt, headers: response.headers })
 * ```
 */
export function readIceConfiguration(
  body: unknown,
  options: ReadIceConfigurationOptions = {},
): IceConfiguration {
  assertKnownOptions('readIceConfiguration', options, OPTION_NAMES)
  const { now = Date.now, sentAt = now(), headers, defaultTtlSeconds = 3600 } = options
  const { iceServers, dropped, expiryFields, afterExpiry } = selectServers(body, options)
  const usernames = iceServers.map((server) => server.username ?? '')
  const ageMs = Math.max(0, parseSecondsAsMs(headers?.get('age')) ?? 0) // in a shared cache (RFC 9111 §5.1)
  const timing = { sentAt: sentAt - ageMs, headers }
  const expiry = resolveExpiry({ expiryFields, usernames, defaultTtlSeconds }, timing)
  if (expiry.expiresAt <= now()) throw expiredError(expiry, timing.sentAt)
  return deepFreeze({ iceServers, ...expiry, fetchedAt: sentAt, dropped, afterExpiry })
}

function expiredError({ expiresAt, expirySource }: Expiry, sentAt: number): IceServerError {
  const hasNoLifetime = expirySource === 'ttl' && expiresAt <= sentAt
  const message = hasNoLifetime
    ? 'ttl is 0 or less: the backend returned credentials that are already expired'
    : `the credentials have already expired (${expirySource}): is the clock of the backend or of this device wrong?`
  return new IceServerError('ERR_EXPIRED', message)
}

/** Freezes a value and everything in it, and returns it. */
export function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) if (isObject(member)) deepFreeze(member)
  return Object.freeze(value)
}
