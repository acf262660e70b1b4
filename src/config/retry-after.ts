import { parseHttpDate, parseSecondsAsMs } from './timestamps.js'

/**
 * Reads how long a server asks to be left alone (RFC 9110 §10.2.3), in ms: seconds, or a date, which is
 * compared with the server's own `Date` if that is readable.
 */
export function parseRetryAfterMs(headers: Headers): number | undefined {
  const value = headers.get('retry-after')
  const at = parseHttpDate(value)
  const minimumDelayMs =
    at === undefined ? parseSecondsAsMs(value) : at - (parseHttpDate(headers.get('date')) ?? Date.now())
  return minimumDelayMs && Math.max(0, minimumDelayMs)
}
