/** Checks of options that only the server half has. Each throws with the owner and name of the option. */
import { assertOption, describeValue } from '../option-checks.js'

/** Timers with a longer delay fire immediately. */
export const MAX_TIMER_MS = 2_147_483_647

/** 48 hours: Cloudflare issues no credentials with a longer lifetime. */
const MAX_TTL_SECONDS = 172_800

/**
 * Returns an id that is safe in the path of a URL. Cloudflare's ids contain letters, digits, `-` and `_` only.
 *
 * @throws TypeError if it contains anything else.
 */
export function requireId(owner: string, name: string, id: string): string {
  if (typeof id !== 'string' || !/^[\w-]{1,100}$/.test(id)) {
    throw new TypeError(
      `${owner}: ${name} must consist of letters, digits, - and _, got ${describeSetting(id)}`,
    )
  }
  return id
}

/**
 * Returns an integer from 1 to a maximum.
 *
 * @throws RangeError for any other value.
 */
export function requireInteger(
  owner: string,
  name: string,
  value: number,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new RangeError(`${owner}: ${name} must be an integer from 1 to ${max}, got ${describeValue(value)}`)
  }
  return value
}

/**
 * Returns a lifetime in seconds. Defaults to one hour.
 *
 * @throws RangeError if it is not an integer from 1 to 172 800.
 */
export function requireTtl(owner: string, ttl = 3600): number {
  return requireInteger(owner, 'ttl', ttl, MAX_TTL_SECONDS)
}

/**
 * Checks the options of every request to an API.
 *
 * @throws TypeError if `fetch` is not a function or `baseUrl` is not a URL; RangeError for an invalid `timeoutMs`.
 */
export function checkApiOptions(
  owner: string,
  options: { fetch?: unknown; timeoutMs?: number | undefined; baseUrl?: unknown },
): void {
  const { fetch, timeoutMs, baseUrl } = options
  const isFetch = fetch === undefined || typeof fetch === 'function'
  assertOption(isFetch, owner, 'fetch', 'a function', fetch)
  if (timeoutMs !== undefined) requireInteger(owner, 'timeoutMs', timeoutMs, MAX_TIMER_MS)
  const isUrl = baseUrl === undefined || (typeof baseUrl === 'string' && /^https?:\/\/./.test(baseUrl))
  assertOption(isUrl, owner, 'baseUrl', 'an http: or https: URL', baseUrl)
}

/** Describes the value of an option that applications usually read from the environment. */
export function describeSetting(value: unknown): string {
  const isMissing = value === undefined || value === ''
  return describeValue(value) + (isMissing ? ' (is an environment variable missing?)' : '')
}
