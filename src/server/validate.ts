/**
 * Checks an id that becomes part of a URL's path: Cloudflare's have letters, digits, `-` and `_`, so nothing
 * that could lead elsewhere.
 *
 * @throws TypeError naming it.
 */
export function requireId(name: string, id: string): string {
  if (typeof id !== 'string' || !/^[\w-]{1,100}$/.test(id)) {
    throw new TypeError(`${name} must consist of letters, digits, - and _`)
  }
  return id
}

/** A longer timer is over at once. */
export const MAX_TIMER_MS = 2_147_483_647

/**
 * Checks that a number is a whole one from 1 to a maximum.
 *
 * @throws RangeError naming it and its limits.
 */
export function requireInteger(name: string, value: number, max: number = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new RangeError(`${name} must be a whole number from 1 to ${max}`)
  }
  return value
}

/** 48 hours: Cloudflare mints nothing that lives longer. */
const MAX_TTL_SECONDS = 172_800

/**
 * Checks a lifetime in seconds; without one it is an hour.
 *
 * @throws RangeError naming the limit.
 */
export function requireTtl(ttl = 3600): number {
  return requireInteger('ttl', ttl, MAX_TTL_SECONDS)
}
