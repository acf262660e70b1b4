/** Reads ICE servers and their lifetime from what a source or an API returned, like the client reads a response. */
import type { AfterExpiry } from '../config/after-expiry.js'
import { type ExpirySource, resolveExpiry } from '../config/expiry.js'
import type { RTCIceServer } from '../config/ice-server.js'
import { type ServerSelectionOptions, selectServers } from '../config/select-servers.js'
import { TurnApiError, translateIceServerError } from './errors.js'

/** ICE servers of a source, and when their credentials expire, in epoch ms. */
export interface IssuedServers {
  readonly iceServers: RTCIceServer[]
  readonly expiresAt: number
  readonly afterExpiry: AfterExpiry | undefined
}

/** What is known about credentials beside their response. */
export interface IssueContext extends Pick<ServerSelectionOptions, 'requireTurn' | 'urlFilter'> {
  /** Where the servers come from, for error messages. */
  readonly name: string
  /** The longest lifetime that the credentials can have, in seconds. */
  readonly ttl: number
  /** When they were requested, in epoch ms. */
  readonly requestedAt: number
  /** Headers of the response, if the source returned one. */
  readonly headers?: Pick<Headers, 'get'> | undefined
}

/**
 * Returns valid servers, and the earliest of the requested lifetime, those in the response, and the timestamps in usernames.
 *
 * @throws {@link TurnApiError} for an unusable response, and for credentials that have already expired.
 */
export function readIssuedServers(body: unknown, context: IssueContext): IssuedServers {
  const { name, ttl, requestedAt, headers, requireTurn, urlFilter } = context
  try {
    const selected = selectServers(body, { invalidServers: 'reject', requireTurn, urlFilter })
    const { iceServers, expiryFields, afterExpiry } = selected
    if (iceServers.length === 0) throw new TurnApiError(`${name} returned an empty list of ICE servers`)
    const usernames = iceServers.map((server) => server.username ?? '')
    const inputs = { expiryFields, usernames, defaultTtlSeconds: ttl }
    const resolved = resolveExpiry(inputs, { sentAt: requestedAt, headers })
    const expiresAt = limitExpiry(resolved.expiresAt, context, resolved.expirySource)
    return { iceServers, expiresAt, afterExpiry }
  } catch (error) {
    throw translateIceServerError(error, name)
  }
}

/**
 * Returns the earlier of an expiry and the end of the requested lifetime.
 *
 * @throws {@link TurnApiError} for credentials that have already expired.
 */
export function limitExpiry(
  expiresAt: number,
  { name, ttl, requestedAt }: Pick<IssueContext, 'name' | 'ttl' | 'requestedAt'>,
  expirySource: ExpirySource,
): number {
  const limited = Math.min(expiresAt, requestedAt + ttl * 1000)
  if (limited > Date.now()) return limited
  throw new TurnApiError(`${name} returned credentials that have already expired (${expirySource})`)
}
