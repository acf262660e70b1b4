/** Parses the `Retry-After` header. */
import { parseHttpDate, parseSecondsAsMs } from './timestamps.js'

/**
 * Returns the delay that a server requests of its clients (RFC 9110 §10.2.3), in ms. A date is compared with the `Date`
 * header of the same response if that is readable, because the clocks may differ.
 *
 * @param now - Epoch ms by the client's clock.
 */
export function parseRetryAfterMs(headers: Pick<Headers, 'get'>, now: number): number | undefined {
  const value = headers.get('retry-after')
  const retryAt = parseHttpDate(value)
  const delayMs =
    retryAt === undefined ? parseSecondsAsMs(value) : retryAt - (parseHttpDate(headers.get('date')) ?? now)
  return delayMs === undefined ? undefined : Math.max(0, delayMs)
}
