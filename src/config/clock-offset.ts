import { parseHttpDate, parseTimestamp } from './timestamps.js'

/** A request and its answer, as far as expiry is reckoned from them. */
export interface ResponseTiming {
  /** When the request was sent, less the time that a cache kept the answer; epoch ms by the client's clock. */
  readonly sentAt: number
  /** Headers of the answer, as far as they are readable here. */
  readonly headers: Pick<Headers, 'get'> | undefined
}

/** `Date` has whole seconds: the true time is up to this much later. */
const DATE_RESOLUTION_MS = 999

/**
 * How much to add to the server's time to get the client's, in ms: the least that is possible, so that
 * credentials never seem to live longer than they do. The server's time comes from `serverTime` in the body,
 * or from the `Date` header, which other origins can only read if the server names it in
 * `Access-Control-Expose-Headers`. Without either the clocks are taken to agree.
 */
export function clockOffsetMs({ sentAt, headers }: ResponseTiming, serverTime: unknown): number {
  const date = parseHttpDate(headers?.get('date'))
  const latest = parseTimestamp(serverTime) ?? (date === undefined ? sentAt : date + DATE_RESOLUTION_MS)
  return sentAt - latest
}
