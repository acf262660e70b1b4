/** Parses the times and durations of responses and headers. */

/** Smaller numbers are seconds since the epoch (until the year 5138), others are ms (from the year 1973). */
const MIN_EPOCH_MS = 1e11

/** No `Date` is valid beyond it, in either direction (ECMA-262 §21.4.1.1). Sums of larger numbers can be infinite. */
const MAX_EPOCH_MS = 8.64e15

/** A duration in the JSON of protobuf ends with `s`. */
const DECIMAL_SECONDS = /^-?\d+(?:\.\d+)?s?$/
const ISO_8601 = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)?$/i

/**
 * Parses seconds or ms since the epoch, as a number or a string, or an ISO 8601 date and time. Without a time zone
 * ISO 8601 means UTC, as on servers. Returns epoch ms, or `undefined` for any other value.
 */
export function parseTimestamp(value: unknown): number | undefined {
  const number = parseNumber(value)
  if (number !== undefined) {
    const epochMs = number < MIN_EPOCH_MS ? number * 1000 : number
    return Math.abs(epochMs) <= MAX_EPOCH_MS ? epochMs : undefined
  }
  const iso = typeof value === 'string' ? ISO_8601.exec(value) : null
  return iso ? finiteOrUndefined(Date.parse(iso[1] ? iso[0] : `${iso[0]}Z`)) : undefined
}

/** Parses an HTTP date (RFC 9110 §5.6.7) as epoch ms. */
export function parseHttpDate(value: string | null | undefined): number | undefined {
  const hasName = value && /[a-z]/i.test(value) // Date.parse() also reads numbers, as years.
  return hasName ? finiteOrUndefined(Date.parse(value)) : undefined
}

/** Parses a number of seconds as ms: `3600`, `"3600"`, or `"3600.000s"`. */
export function parseSecondsAsMs(value: unknown): number | undefined {
  const seconds = parseNumber(value)
  return seconds === undefined ? undefined : finiteOrUndefined(seconds * 1000)
}

function parseNumber(value: unknown): number | undefined {
  const isDecimal = typeof value === 'string' && DECIMAL_SECONDS.test(value)
  return finiteOrUndefined(isDecimal ? Number.parseFloat(value) : value)
}

function finiteOrUndefined(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
