/** Determines when the credentials of a response expire. */
import { IceServerError } from '../errors.js'
import { clockOffsetMs, type ResponseTiming } from './clock-offset.js'
import type { ExpiryField } from './expiry-fields.js'
import { isWithinYear, parseHttpDate, parseSecondsAsMs, parseTimestamp } from './timestamps.js'
import { readUsernameExpiry } from './username-expiry.js'

/** What an expiry was read from. @group Provider */
export type ExpirySource = 'expiresAt' | 'ttl' | 'username' | 'cache-control' | 'expires' | 'default'

/** The expiry of a configuration. */
export interface Expiry {
  /** Epoch ms by the client's clock. */
  readonly expiresAt: number
  /** What `expiresAt` was read from. */
  readonly expirySource: ExpirySource
}

/** The expiry of a response, and how it was computed. */
export interface ResolvedExpiry extends Expiry {
  /** Set if the expiry is that of a duration in the body. */
  readonly duration?: { readonly isPositive: boolean; readonly startsAtIssueTime: boolean }
  /** One message for each member that was not used as it is. Contains no value. */
  readonly problems: readonly string[]
}

/** What {@link resolveExpiry} reads. */
export interface ExpiryInputs {
  /** The members with a lifetime, those of the outermost object first, see {@link pickExpiryFields}. */
  readonly expiryFields: readonly ExpiryField[]
  /** Usernames of the TURN servers. */
  readonly usernames: readonly string[]
  /** Lifetime if the response contains none, in seconds. */
  readonly defaultTtlSeconds: number
}

/** An expiry by the server's clock, before the earliest one is chosen. */
type Candidate = Omit<ResolvedExpiry, 'problems'>

/** A lifetime in the body: a moment by the server's clock, or a duration. */
type Lifetime = { readonly at: number } | { readonly durationMs: number }

/** Smaller numbers are durations (of less than 32 years), others are Unix times (from the year 2001). */
const MIN_EPOCH_SECONDS = 1e9

/** A longer duration is in the wrong unit: no provider issues TURN credentials for more than a few days. */
const MAX_DURATION_MS = 30 * 86_400_000

/** How long credentials are used if their lifetime is in the wrong unit. */
const WRONG_UNIT_LIFETIME_MS = 86_400_000

/** Caches treat a longer `max-age` like this one (RFC 9111 §1.2.2). */
const MAX_AGE_SECONDS = 2 ** 31

const EXPECTED = { moment: 'a Unix time or an ISO 8601 date', duration: 'a number of seconds' }

/**
 * Returns when the credentials of a response expire. Of a time in the body, a lifetime in the body, and the timestamp
 * in a TURN REST username, the earliest counts. Without any of them the HTTP caching headers count, and without those the
 * default. A lifetime starts at the issue time beside it, otherwise when the request was sent; times are corrected by the
 * server's clock.
 *
 * @throws {@link IceServerError} `ERR_RESPONSE` if the only members with a lifetime are not readable.
 */
export function resolveExpiry(inputs: ExpiryInputs, timing: ResponseTiming): ResolvedExpiry {
  const { sentAt } = timing
  const { expiryFields, usernames, defaultTtlSeconds } = inputs
  const offsetMs = clockOffsetMs(timing, expiryFields)
  const serverNow = sentAt - offsetMs
  const issuedAt = readIssueTime(expiryFields, serverNow)
  const readings = expiryFields.map((field) => readField(field, serverNow, issuedAt))
  const problems = readings.flatMap(({ problem }) => problem ?? [])
  const expiries = [
    ...readings.flatMap(({ expiry }) => expiry ?? []),
    ...usernames.flatMap((username): Candidate[] => {
      const expiresAt = readUsernameExpiry(username, serverNow)
      return expiresAt === undefined ? [] : [{ expirySource: 'username', expiresAt }]
    }),
  ]
  const [earliest] = expiries.sort((a, b) => a.expiresAt - b.expiresAt)
  if (earliest) return { ...earliest, expiresAt: earliest.expiresAt + offsetMs, problems }

  const [problem] = problems
  if (problem !== undefined) throw new IceServerError('ERR_RESPONSE', problem)
  const defaultExpiresAt = sentAt + defaultTtlSeconds * 1000
  const defaultExpiry: Expiry = { expirySource: 'default', expiresAt: defaultExpiresAt }
  return { ...(readCacheExpiry(timing, offsetMs) ?? defaultExpiry), problems }
}

/** Returns the expiry in a member by the server's clock, and what is wrong with the member. */
function readField(
  { name, kind, value }: ExpiryField,
  serverNow: number,
  issuedAt: number | undefined,
): { readonly expiry?: Candidate; readonly problem?: string } {
  if (kind !== 'moment' && kind !== 'duration') return {}
  const lifetime = readLifetime(kind, value, serverNow)
  if (!lifetime) return { problem: `${name} in the response must be ${EXPECTED[kind]}` }
  if (isInWrongUnit(lifetime, value, serverNow)) {
    const unit = 'at' in lifetime ? 'a Unix time is in seconds or ms' : `${name} is in seconds`
    return {
      expiry: { expirySource: 'ttl', expiresAt: serverNow + WRONG_UNIT_LIFETIME_MS },
      problem: `${name} in the response is too far in the future, so it counts as a day: ${unit}`,
    }
  }
  if ('at' in lifetime) return { expiry: { expirySource: 'expiresAt', expiresAt: lifetime.at } }
  const { durationMs } = lifetime
  const duration = { isPositive: durationMs > 0, startsAtIssueTime: issuedAt !== undefined }
  return { expiry: { expirySource: 'ttl', expiresAt: (issuedAt ?? serverNow) + durationMs, duration } }
}

/**
 * Returns the moment or the duration of a member. Names are ambiguous: `expires` can be both, and some backends write a
 * Unix time into `ttl`. A date is a moment. A number is a moment from 10⁹; in a member for durations only if it is also
 * within a year, because it could be in ms.
 */
function readLifetime(kind: 'moment' | 'duration', value: unknown, serverNow: number): Lifetime | undefined {
  const durationMs = parseSecondsAsMs(value)
  const at = parseTimestamp(value)
  if (durationMs === undefined) return at === undefined ? undefined : { at }
  const isUnixTime = durationMs >= MIN_EPOCH_SECONDS * 1000
  const isMoment = kind === 'moment' ? isUnixTime : isUnixTime && isWithinYear(at, serverNow)
  if (!isMoment) return { durationMs }
  return at === undefined ? undefined : { at }
}

/** A date in text is never in the wrong unit. */
function isInWrongUnit(lifetime: Lifetime, value: unknown, serverNow: number): boolean {
  if ('durationMs' in lifetime) return lifetime.durationMs > MAX_DURATION_MS
  const isNumber = parseSecondsAsMs(value) !== undefined
  return isNumber && lifetime.at > serverNow && !isWithinYear(lifetime.at, serverNow)
}

/** An issue time of more than a year ago is that of something else, and one in the future is not used. */
function readIssueTime(fields: readonly ExpiryField[], serverNow: number): number | undefined {
  return fields
    .filter(({ kind }) => kind === 'issuedAt')
    .map(({ value }) => parseTimestamp(value))
    .find((time) => isWithinYear(time, serverNow) && time < serverNow)
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
