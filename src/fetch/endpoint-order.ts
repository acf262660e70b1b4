/** In which order several endpoints are requested: pure. */
import type { IceServerError, IceServerErrorCode } from '../errors.js'

/** After its first failure an endpoint is requested after the others for this long; doubled by each further failure. */
const FIRST_DELAY_MS = 60_000
const MAX_DELAY_MS = 1_800_000

/** The failure of an endpoint. Moments are epoch ms. */
export interface EndpointFailure {
  /** From then on the endpoint has its place in the list again. */
  readonly retryAt: number
  /** Before that the endpoint is not requested: it said so with `Retry-After`. */
  readonly notBefore: number
  readonly delayMs: number
  /** Whether its response was usable, but not the TURN servers in it. */
  readonly hasUnusableServers: boolean
}

/** One for each endpoint, in their order; `undefined` for one that has not failed. */
export type EndpointFailures = readonly (EndpointFailure | undefined)[]

/** Errors of one endpoint that another one may not have. An endpoint that denies access knows the user, so it decides. */
const FAILOVER_CODES: readonly IceServerErrorCode[] = [
  'ERR_NETWORK',
  'ERR_TIMEOUT',
  'ERR_RESPONSE',
  'ERR_ICE_SERVER',
  'ERR_EXPIRED',
  'ERR_UNREACHABLE',
]

/** Whether the next endpoint is requested after this error. */
export function isFailover({ code, status = 0, fatal }: IceServerError): boolean {
  if (code === 'ERR_HTTP') return status >= 500
  return FAILOVER_CODES.includes(code) && !fatal
}

/**
 * Returns the indices of the endpoints to request, in order: those that have not failed lately, as in the list; then the
 * others, beginning with the one whose retry is due first. Never empty.
 */
export function orderEndpoints(failures: EndpointFailures, now: number): number[] {
  const retryAtOf = (index: number) => Math.max(failures[index]?.retryAt ?? now, now)
  const ordered = [...failures.keys()].sort((a, b) => retryAtOf(a) - retryAtOf(b))
  const allowed = ordered.filter((index) => (failures[index]?.notBefore ?? now) <= now)
  return allowed.length > 0 ? allowed : ordered.slice(0, 1)
}

/** Returns the failure of an endpoint, given the previous one. */
export function nextFailure(
  previous: EndpointFailure | undefined,
  { code, retryAfterMs = 0 }: Pick<IceServerError, 'code' | 'retryAfterMs'>,
  now: number,
): EndpointFailure {
  const delayMs = previous ? Math.min(previous.delayMs * 2, MAX_DELAY_MS) : FIRST_DELAY_MS
  // An error of the app can have any number, also NaN.
  const notBefore = now + (retryAfterMs > 0 ? Math.min(retryAfterMs, MAX_DELAY_MS) : 0)
  const retryAt = Math.max(now + delayMs, notBefore)
  const hasUnusableServers = code === 'ERR_UNREACHABLE' || code === 'ERR_CREDENTIALS_REJECTED'
  return { retryAt, notBefore, delayMs, hasUnusableServers }
}
