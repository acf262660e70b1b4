/** 48 hours: Cloudflare mints nothing that lives longer. */
const MAX_TTL_SECONDS = 172_800

/**
 * Checks a lifetime in seconds; without one it is an hour.
 *
 * @throws RangeError naming the limit.
 */
export function requireTtl(ttl = 3600): number {
  if (!Number.isInteger(ttl) || ttl < 1 || ttl > MAX_TTL_SECONDS) {
    throw new RangeError(`ttl must be a whole number of seconds from 1 to ${MAX_TTL_SECONDS} (48 hours)`)
  }
  return ttl
}
