import { readHttpDate, readSecondsAsMs } from '../config/moments.js'

/**
 * Reads how long a server asks to be left alone (RFC 9110 §10.2.3), in ms: seconds, or a date, which is
 * compared with the server's own `Date` if that is readable.
 */
export function readRetryAfter(headers: Headers): number | undefined {
  const value = headers.get('retry-after')
  const at = readHttpDate(value)
  const pauseMs =
    at === undefined ? readSecondsAsMs(value) : at - (readHttpDate(headers.get('date')) ?? Date.now())
  return pauseMs && Math.max(0, pauseMs)
}
