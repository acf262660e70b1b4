/** Finds the sources of this package whose servers are valid by construction: the handler checks them once, not for each request. */
import type { IssuedServers } from './read-issued-servers.js'

/**
 * Issues credentials to a user, for a lifetime in seconds. Nothing but the handler sees what it returns. If it returns no promise, the
 * handler starts no timer.
 */
export type CheckedIssuer = (user: {
  readonly userId: string
  readonly ttl: number
}) => IssuedServers | PromiseLike<IssuedServers>

/** By the method and not by the source, so that an app can replace or wrap the method. */
const issuers = new WeakMap<object, CheckedIssuer>()

/** Sets what the handler calls in place of a `generateCredentials()` method of this package. */
export function setCheckedIssuer(generateCredentials: object, issue: CheckedIssuer): void {
  issuers.set(generateCredentials, issue)
}

/** Returns `undefined` for a method of the app. */
export function findCheckedIssuer(generateCredentials: object): CheckedIssuer | undefined {
  return issuers.get(generateCredentials)
}
