/** Reads the timestamp in the username of TURN REST credentials. */
import { isWithinYear, parseTimestamp } from './timestamps.js'

/** A timestamp in seconds or ms, and a separator unless it is the whole username. */
const AT_START = /^(\d{10}|\d{13})(?=[^\da-z]|$)/i
const AT_END = /[^\da-z](\d{10}|\d{13})$/i

/**
 * Returns the expiry in a TURN REST username, in epoch ms: `timestamp:user` or the timestamp alone
 * (draft-uberti-behave-turn-rest-00 §2.2), or `user:timestamp`, which coturn accepts as well, with any
 * `rest-api-separator`. Other usernames can begin or end with digits, too, so only a timestamp within a year counts, and
 * none if there is one at both ends.
 *
 * @param serverNow - Epoch ms by the server's clock.
 */
export function readUsernameExpiry(username: string, serverNow: number): number | undefined {
  const timestamps = [AT_START, AT_END]
    .map((pattern) => parseTimestamp(pattern.exec(username)?.[1]))
    .filter((time) => isWithinYear(time, serverNow))
  return timestamps.length === 1 ? timestamps[0] : undefined
}
