/** Numbers below are seconds since the epoch (until the year 5138), the others ms (from the year 1973). */
const MIN_EPOCH_MS = 1e11

/** Beyond it, in either direction, no `Date` is valid (ECMA-262 §21.4.1.1), and sums of ms may have no end. */
const MAX_EPOCH_MS = 8.64e15

/** A trailing `s` is how protobuf's JSON writes a duration. */
const NUMBER = /^-?\d+(?:\.\d+)?s?$/
const ISO_8601 = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)?$/i

/**
 * Reads a moment as epoch ms from seconds or ms since the epoch, as a number or a string, or from ISO 8601.
 * An ISO moment without a zone is UTC, as servers mean it. `undefined` if it is none of these.
 */
export function parseTimestamp(value: unknown): number | undefined {
  const number = readNumber(value)
  if (number !== undefined) {
    const at = number < MIN_EPOCH_MS ? number * 1000 : number
    return Math.abs(at) <= MAX_EPOCH_MS ? at : undefined
  }
  const iso = typeof value === 'string' ? ISO_8601.exec(value) : null
  return iso ? finite(Date.parse(iso[1] ? iso[0] : `${iso[0]}Z`)) : undefined
}

/** Reads an HTTP date (RFC 9110 §5.6.7) as epoch ms. */
export function parseHttpDate(value: string | null | undefined): number | undefined {
  return value && /[a-z]/i.test(value) ? finite(Date.parse(value)) : undefined
}

/** Reads a number of seconds as ms: `3600`, `"3600"`, or `"3600.000s"`. */
export function parseSecondsAsMs(value: unknown): number | undefined {
  return finite((readNumber(value) ?? Number.NaN) * 1000)
}

function readNumber(value: unknown): number | undefined {
  return finite(typeof value === 'string' && NUMBER.test(value) ? Number.parseFloat(value) : value)
}

function finite(value: unknown): number | undefined {
  return Number.isFinite(value) ? (value as number) : undefined
}
