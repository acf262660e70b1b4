import { IceServerError } from '../errors.js'
import { type ExpirySource, resolveExpiry } from './expiry.js'
import type { RTCIceServer } from './ice-server.js'
import { type DroppedUrl, type ServerSelectionOptions, selectServers } from './select-servers.js'
import { parseSecondsAsMs } from './timestamps.js'

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

/** What {@link readIceConfiguration} may know beside the body. */
export interface ReadIceConfigurationOptions extends ServerSelectionOptions {
  /** When the request was sent, epoch ms. @defaultValue now */
  sentAt?: number
  /** Headers of the answer: `Date`, `Age`, `Cache-Control` and `Expires` are looked at. */
  headers?: Pick<Headers, 'get'> | undefined
  /** Lifetime in seconds if nothing in the answer tells it. @defaultValue 3600 */
  defaultTtlSeconds?: number
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
export function readIceConfiguration(
  body: unknown,
  context: ReadIceConfigurationOptions = {},
): IceConfiguration {
  const { now = Date.now, sentAt = now(), headers, defaultTtlSeconds = 3600 } = context
  const { iceServers, dropped, expiryFields } = selectServers(body, context)
  const usernames = iceServers.map((server) => server.username ?? '')
  const clues = { expiryFields, usernames, defaultTtlSeconds }
  const ageMs = Math.max(0, parseSecondsAsMs(headers?.get('age')) ?? 0) // in a shared cache (RFC 9111 §5.1)
  const expiry = resolveExpiry(clues, { sentAt: sentAt - ageMs, headers })
  if (expiry.expiresAt <= now()) {
    const message = `the credentials had expired, by ${expiry.expirySource}: is a clock wrong?`
    throw new IceServerError('ERR_EXPIRED', message)
  }
  return deepFreeze({ iceServers, ...expiry, fetchedAt: sentAt, dropped })
}

/** The `Date` header has whole seconds, so the same end may be reckoned that much apart. */
const EXPIRY_TOLERANCE_MS = 1000

/** Tells whether two configurations end at the same time. */
export function hasSameExpiry(one: IceConfiguration, other: IceConfiguration): boolean {
  return Math.abs(one.expiresAt - other.expiresAt) <= EXPIRY_TOLERANCE_MS
}

/** Freezes a value with all that is in it, and returns it. */
export function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) if (Object(member) === member) deepFreeze(member)
  return Object.freeze(value)
}
