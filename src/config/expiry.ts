import { IceServerError } from '../errors.js'
import { clockOffsetMs, type ResponseTiming } from './clock-offset.js'
import { parseHttpDate, parseSecondsAsMs, parseTimestamp } from './timestamps.js'

/** What told when a configuration ends. */
export type ExpirySource = 'expiresAt' | 'ttl' | 'username' | 'cache-control' | 'expires' | 'default'

/** When a configuration ends, and what told it. */
export interface Expiry {
  /** Epoch ms by the client's clock. */
  readonly expiresAt: number
  readonly expirySource: ExpirySource
}

/** Where {@link resolveExpiry} looks. */
export interface ExpiryInputs {
  /** Objects of the answer that may say how long it lasts. */
  readonly expiryFields: readonly Readonly<Record<string, unknown>>[]
  /** Usernames of the TURN servers. */
  readonly usernames: readonly string[]
  /** Used when nothing else tells, in seconds. */
  readonly defaultTtlSeconds: number
}

/** Names of members that tell a moment, and of those that tell a number of seconds. */
const EXPIRES_AT_FIELD = /^expires_?at$/i
const TTL_FIELD = /^(?:ttl|expires_?in|expiryInSeconds|lifetimeDuration)$/i

/** What a cache takes a longer `max-age` for (RFC 9111 §1.2.2). */
const MAX_AGE_SECONDS = 2 ** 31

const YEAR_MS = 31_536_000_000

/**
 * Tells when a configuration ends. What the credentials themselves say comes first: a moment in the body, a
 * lifetime in the body, and the timestamp that starts a TURN REST username; the earliest of them wins. Then
 * the HTTP caching headers, then the default. Lifetimes count from when the request was sent; moments are
 * corrected by the server's clock.
 *
 * @throws {@link IceServerError} `ERR_RESPONSE` if a member that tells the lifetime cannot be read.
 */
export function resolveExpiry(clues: ExpiryInputs, exchange: ResponseTiming): Expiry {
  const { sentAt } = exchange
  const offset = clockOffsetMs(exchange, clues.expiryFields[0]?.serverTime)
  const told: Expiry[] = []
  const tell = (expirySource: ExpirySource, expiresAt: number) => told.push({ expirySource, expiresAt })

  for (const [name, value] of clues.expiryFields.flatMap((carrier) => Object.entries(carrier))) {
    if (value === null || value === undefined) continue
    if (EXPIRES_AT_FIELD.test(name)) tell('expiresAt', offset + readable(name, parseTimestamp(value)))
    if (TTL_FIELD.test(name)) tell('ttl', sentAt + readable(name, parseSecondsAsMs(value)))
  }
  for (const username of clues.usernames) {
    const time = readUsernameExpiry(username, sentAt - offset)
    if (time !== undefined) tell('username', time + offset)
  }
  if (told.length === 0) readCacheExpiry(exchange, offset, tell)
  if (told.length === 0) tell('default', sentAt + clues.defaultTtlSeconds * 1000)
  return told.sort((one, other) => one.expiresAt - other.expiresAt)[0] as Expiry
}

function readable(name: string, time: number | undefined): number {
  if (time === undefined) throw new IceServerError('ERR_RESPONSE', `${name}: is not a readable time`)
  return time
}

/**
 * The end of a credential as its username tells it: `timestamp:user` or the timestamp alone, in seconds or ms
 * (draft-uberti-behave-turn-rest-00 §2.2). Other usernames may begin with digits, too; no credential lives
 * for a year, so theirs are told from timestamps by that.
 */
function readUsernameExpiry(username: string, serverNow: number): number | undefined {
  const at = parseTimestamp(/^(?:\d{10}|\d{13})(?=:|$)/.exec(username)?.[0])
  return at !== undefined && Math.abs(at - serverNow) < YEAR_MS ? at : undefined
}

/** RFC 9111 §5.2.2.1 and §5.3. A lifetime of zero there forbids caching and says nothing about credentials. */
function readCacheExpiry(
  { headers, sentAt }: ResponseTiming,
  offset: number,
  tell: (source: ExpirySource, at: number) => void,
): void {
  const maxAge = /\bmax-age="?(\d+)/i.exec(headers?.get('cache-control') ?? '')?.[1]
  const expires = (parseHttpDate(headers?.get('expires')) ?? Number.NaN) + offset
  if (Number(maxAge) > 0) tell('cache-control', sentAt + Math.min(Number(maxAge), MAX_AGE_SECONDS) * 1000)
  else if (expires > sentAt) tell('expires', expires)
}
