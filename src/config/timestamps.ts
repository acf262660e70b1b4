/** Parses the times and durations of responses and headers, equally in every engine and in every local time zone. */

/** Smaller numbers are seconds since the epoch (until the year 5138), others are ms (from the year 1973). */
const MIN_EPOCH_MS = 1e11

/** No `Date` is valid beyond it, in either direction (ECMA-262 §21.4.1.1). Sums of larger numbers can be infinite. */
const MAX_EPOCH_MS = 8.64e15

/** A duration in the JSON of protobuf ends with `s`. */
const DECIMAL_SECONDS = /^-?\d+(?:\.\d+)?s?$/

/** RFC 3339 §5.6, also with the spaces and the short zones of databases. The last group is the zone. */
const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[t ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)? ?(.*)$/i

/** `IMF-fixdate` and `rfc850-date` of RFC 9110 §5.6.7, and RFC 5322 §3.3. The last group is the zone. */
const INTERNET_DATE =
  /^(?:[a-z]+, *)?(\d{1,2})[ -]([a-z]{3})[ -](\d{4}|\d\d) +(\d\d):(\d\d)(?::(\d\d))? ?(.*)$/i

/** `asctime-date` of RFC 9110 §5.6.7, which is always GMT. */
const ASCTIME = /^[a-z]{3} ([a-z]{3}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})$/i

/** UTC, or an offset. Go adds a name to the offset, Java adds one in brackets (RFC 9557). */
const ZONE = /^(?:(?:z|utc?|gmt)?|(?:(?:utc|gmt)?([+-])(\d\d):?(\d\d)?|z)(?: [a-z]+(?: m=.*)?|\[.*\])?)$/i

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

const MINUTE_MS = 60_000
const YEAR_MS = 365 * 24 * 60 * MINUTE_MS

/**
 * Parses seconds or ms since the epoch, as a number or a string, a `Date`, an ISO 8601 date and time, or an HTTP date.
 * Without a time zone they mean UTC, as on servers. Returns epoch ms, or `undefined` for any other value.
 */
export function parseTimestamp(value: unknown): number | undefined {
  const number = parseNumber(value)
  if (number !== undefined) {
    const epochMs = number < MIN_EPOCH_MS ? number * 1000 : number
    return Math.abs(epochMs) <= MAX_EPOCH_MS ? epochMs : undefined
  }
  if (typeof value !== 'string') return readDate(value)
  return parseRfc3339(value.trim()) ?? parseHttpDate(value.trim())
}

/** Parses an HTTP date as epoch ms, in each of the three formats that RFC 9110 §5.6.7 requires of recipients. */
export function parseHttpDate(value: string | null | undefined): number | undefined {
  const date = INTERNET_DATE.exec(value ?? '')
  if (date) {
    const [, day, month, year, hour, minute, second, zone] = date
    return toEpochMs([fullYear(year), monthNumber(month), day, hour, minute, second], zone)
  }
  const asctime = ASCTIME.exec(value ?? '')
  if (!asctime) return undefined
  const [, month, day, hour, minute, second, year] = asctime
  return toEpochMs([year, monthNumber(month), day, hour, minute, second])
}

/** Parses a number of seconds as ms: `3600`, `"3600"`, or `"3600.000s"`. */
export function parseSecondsAsMs(value: unknown): number | undefined {
  const seconds = parseNumber(value)
  return seconds === undefined ? undefined : finiteOrUndefined(seconds * 1000)
}

/** Whether a time can be that of TURN credentials, which are valid for less than a year. */
export function isWithinYear(time: number | undefined, now: number): time is number {
  return time !== undefined && Math.abs(time - now) < YEAR_MS
}

function parseRfc3339(text: string): number | undefined {
  const [match, year, month, day, hour, minute, second, fraction, zone] = RFC_3339.exec(text) ?? []
  if (match === undefined) return undefined
  const epochMs = toEpochMs([year, month, day, hour, minute, second], zone)
  return epochMs === undefined ? undefined : epochMs + Math.floor(Number(`0.${fraction ?? 0}`) * 1000)
}

/**
 * Returns epoch ms, or `undefined` if the date, the time or the zone does not exist.
 *
 * @param parts - Year, month from 1, day, hour, minute, and second. Without a second, it is 0.
 */
function toEpochMs(
  parts: readonly (string | number | undefined)[],
  zone: string | undefined = '',
): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map((part) =>
    Number(part ?? 0),
  )
  const midnight = new Date(Date.UTC(year, month - 1, day))
  const isDay = midnight.getUTCFullYear() === year && midnight.getUTCDate() === day
  const isTime = hour < 24 && minute < 60 && second <= 60 // 60 is a leap second
  const offset = ZONE.exec(zone)
  if (!isDay || !isTime || !offset) return undefined
  const [, sign, offsetHours = 0, offsetMinutes = 0] = offset
  const offsetMs = (Number(offsetHours) * 60 + Number(offsetMinutes)) * MINUTE_MS
  const localMs = midnight.getTime() + (hour * 60 + minute) * MINUTE_MS + second * 1000
  return sign === '-' ? localMs + offsetMs : localMs - offsetMs
}

/** Two digits are a year from 1970 to 2069. */
function fullYear(digits = ''): number {
  const year = Number(digits)
  if (digits.length > 2) return year
  return year < 70 ? 2000 + year : 1900 + year
}

/** From 1; 0 for anything but the name of a month. */
function monthNumber(name = ''): number {
  return MONTHS.indexOf(name.toLowerCase()) + 1
}

/** Reads a `Date`, also one of another realm. Runs no code of another value. */
function readDate(value: unknown): number | undefined {
  if (value === undefined) return undefined // An exception takes longer than everything else.
  try {
    return finiteOrUndefined(Date.prototype.getTime.call(value))
  } catch {
    return undefined
  }
}

function parseNumber(value: unknown): number | undefined {
  const isDecimal = typeof value === 'string' && DECIMAL_SECONDS.test(value)
  return finiteOrUndefined(isDecimal ? Number.parseFloat(value) : value)
}

function finiteOrUndefined(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
