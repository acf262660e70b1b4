/** Estimates the difference between the clocks of the server and the client. */
import type { ExpiryField } from './expiry-fields.js'
import { parseHttpDate, parseTimestamp } from './timestamps.js'

/** The times of a request and its response from which an expiry is computed. */
export interface ResponseTiming {
  /** When the request was sent, minus the age of the response in a cache; epoch ms by the client's clock. */
  readonly sentAt: number
  /** Readable headers of the response. */
  readonly headers: Pick<Headers, 'get'> | undefined
}

/** `Date` has whole seconds: the exact time is up to this much later. */
const DATE_RESOLUTION_MS = 999

/**
 * Returns the offset to add to a time of the server to get the time of the client, in ms. Returns the smallest
 * possible one, so that credentials are never used after their expiry. Without a time of the server the clocks are assumed
 * to be equal.
 */
export function clockOffsetMs(
  { sentAt, headers }: ResponseTiming,
  expiryFields: readonly ExpiryField[],
): number {
  return sentAt - (readServerTime(headers, expiryFields) ?? sentAt)
}

/**
 * Returns when the server created the response, in epoch ms by its clock: `serverTime` of the body, or the `Date` header,
 * which is readable cross-origin only if `Access-Control-Expose-Headers` contains it.
 */
export function readServerTime(
  headers: ResponseTiming['headers'],
  expiryFields: readonly ExpiryField[],
): number | undefined {
  const field = expiryFields.find(({ kind }) => kind === 'serverTime')
  const date = parseHttpDate(headers?.get('date'))
  return parseTimestamp(field?.value) ?? (date === undefined ? undefined : date + DATE_RESOLUTION_MS)
}
