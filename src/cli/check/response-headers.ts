/** Reads the headers of a response that concern caches and clocks. */

/** Whether caches may store the response. */
export interface CacheReport {
  /** `Cache-Control`. */
  readonly header: string | null
  readonly message: string
}

/** The server's clock. */
export interface ClockReport {
  /** How far it is ahead of the clock of this device; `undefined` if the response does not show it. */
  readonly differenceMs: number | undefined
  readonly message: string
}

/** `Date` has whole seconds. */
const PRECISION_MS = 1000

/** Responses to POST are stored only with an explicit lifetime (RFC 9110 §9.3.3), which is rare. */
const CACHED_METHODS: readonly string[] = ['GET', 'HEAD']

/** Returns whether shared caches may store the response to a method. */
export function describeCache(method: string, headers: Headers): CacheReport {
  const header = headers.get('cache-control')
  const isStored = CACHED_METHODS.includes(method) && !/\b(?:no-store|private)\b/i.test(header ?? '')
  const message = isStored
    ? 'shared caches may store the response and return the credentials of one user to others: send Cache-Control: no-store'
    : 'shared caches do not store the response'
  return { header, message }
}

/** @param now - When the server made the response, in epoch ms by the clock of this device. */
export function describeClock(headers: Headers, now: number): ClockReport {
  const date = Date.parse(headers.get('date') ?? '')
  const ageMs = Number(headers.get('age') ?? 0) * 1000
  const differenceMs = Math.round(date + PRECISION_MS / 2 + ageMs - now)
  if (Number.isNaN(differenceMs))
    return { differenceMs: undefined, message: 'unknown, the response has no Date' }
  if (Math.abs(differenceMs) <= PRECISION_MS) return { differenceMs: 0, message: 'in sync (within 1 s)' }
  const seconds = Math.round(Math.abs(differenceMs) / 1000)
  const direction = differenceMs > 0 ? 'ahead of' : 'behind'
  return { differenceMs, message: `the server is ${seconds} s ${direction} this device` }
}
