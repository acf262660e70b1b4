/** Determines when the credentials of a response expire. */
import { IceServerError } from '../errors.js'
import { clockOffsetMs, type ResponseTiming } from './clock-offset.js'
import { parseHttpDate, parseSecondsAsMs, parseTimestamp } from './timestamps.js'

/** What an expiry was read from. */
export type ExpirySource = 'expiresAt' | 'ttl' | 'username' | 'cache-control' | 'expires' | 'default'

/** The expiry of a configuration. */
export interface Expiry {
  /** Epoch ms by the client's clock. */
  readonly expiresAt: number
  /** What `expiresAt` was read from. */
  readonly expirySource: ExpirySource
}

/** What {@link resolveExpiry} reads. */
export interface ExpiryInputs {
  /** Members of the response that can contain the lifetime, see {@link pickExpiryFields}. */
  readonly expiryFields: readonly Readonly<Record<string, unknown>>[]
  /** Usernames of the TURN servers. */
  readonly usernames: readonly string[]
  /** Lifetime if the response contains none, in seconds. */
  readonly defaultTtlSeconds: number
}

/** In lower case, as all names are compared. */
const EXPIRES_AT_FIELDS = new Set(['expiresat', 'expires_at'])
const TTL_FIELDS = new Set(['ttl', 'expiresin', 'expires_in', 'expiryinseconds', 'lifetimeduration'])
const SERVER_TIME_FIELD = 'serverTime'

/** Caches treat a longer `max-age` like this one (RFC 9111 §1.2.2). */
const MAX_AGE_SECONDS = 2 ** 31

const YEAR_MS = 31_536_000_000

/** Copies the members that {@link resolveExpiry} reads, and no credential. */
export function pickExpiryFields(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isExpiryField = (name: string) =>
    name === SERVER_TIME_FIELD ||
    EXPIRES_AT_FIELDS.has(name.toLowerCase()) ||
    TTL_FIELDS.has(name.toLowerCase())
  const names = Object.keys(record).filter(isExpiryField)
  return Object.fromEntries(names.map((name) => [name, record[name]]))
}

/**
 * Returns when the credentials of a response expire. Of a time in the body, a lifetime in the body, and the timestamp
 * at the start of a TURN REST username, the earliest counts. Without any of them the HTTP caching headers count, and
 * without those the default. Lifetimes start when the request was sent; times are corrected by the server's clock.
 *
 * @throws {@link IceServerError} `ERR_RESPONSE` if a member with the expiry is not readable.
 */
export function resolveExpiry(inputs: ExpiryInputs, timing: ResponseTiming): Expiry {
  const { sentAt } = timing
  const offsetMs = clockOffsetMs(timing, inputs.expiryFields[0]?.[SERVER_TIME_FIELD])
  const expiries: Expiry[] = []
  const add = (expirySource: ExpirySource, expiresAt: number) => expiries.push({ expirySource, expiresAt })

  for (const [name, value] of inputs.expiryFields.flatMap((fields) => Object.entries(fields))) {
    if (value === null || value === undefined) continue
    if (EXPIRES_AT_FIELDS.has(name.toLowerCase())) {
      add('expiresAt', offsetMs + requireTime(name, 'a Unix time or an ISO 8601 date', parseTimestamp(value)))
    }
    if (TTL_FIELDS.has(name.toLowerCase())) {
      add('ttl', sentAt + requireTime(name, 'a number of seconds', parseSecondsAsMs(value)))
    }
  }
  for (const username of inputs.usernames) {
    const expiresAt = readUsernameExpiry(username, sentAt - offsetMs)
    if (expiresAt !== undefined) add('username', expiresAt + offsetMs)
  }
  const [earliest] = expiries.sort((a, b) => a.expiresAt - b.expiresAt)
  const defaultExpiresAt = sentAt + inputs.defaultTtlSeconds * 1000
  return (
    earliest ?? readCacheExpiry(timing, offsetMs) ?? { expirySource: 'default', expiresAt: defaultExpiresAt }
  )
}

function requireTime(name: string, expected: string, time: number | undefined): number {
  if (time !== undefined) return time
  throw new IceServerError('ERR_RESPONSE', `${name} in the response must be ${expected}`)
}

/**
 * Returns the expiry in a TURN REST username: `timestamp:user` or the timestamp alone, in seconds or ms
 * (draft-uberti-behave-turn-rest-00 §2.2). Other usernames can begin with digits, too. Credentials are valid for less
 * than a year, so only a timestamp within a year counts.
 */
function readUsernameExpiry(username: string, serverNow: number): number | undefined {
  const expiresAt = parseTimestamp(/^(?:\d{10}|\d{13})(?=:|$)/.exec(username)?.[0])
  const isTimestamp = expiresAt !== undefined && Math.abs(expiresAt - serverNow) < YEAR_MS
  return isTimestamp ? expiresAt : undefined
}

/** RFC 9111 §5.2.2.1 and §5.3. A lifetime of 0 forbids caching; it is not the lifetime of the credentials. */
function readCacheExpiry({ headers, sentAt }: ResponseTiming, offsetMs: number): Expiry | undefined {
  const maxAge = Number(/\bmax-age="?(\d+)/i.exec(headers?.get('cache-control') ?? '')?.[1])
  if (maxAge > 0) {
    return { expirySource: 'cache-control', expiresAt: sentAt + Math.min(maxAge, MAX_AGE_SECONDS) * 1000 }
  }
  const expires = parseHttpDate(headers?.get('expires'))
  if (expires === undefined || expires + offsetMs <= sentAt) return undefined
  return { expirySource: 'expires', expiresAt: expires + offsetMs }
}
