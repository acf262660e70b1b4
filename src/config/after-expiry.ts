/** What a TURN server does with a live allocation when its credentials expire. */
import { readMember } from './member-names.js'

/**
 * What a TURN server does with a live allocation when its credentials expire:
 *
 * - `'keep'`: the allocation stays, and only new ones are rejected (coturn, LiveKit's embedded server).
 * - `'drop'`: the allocation ends (Cloudflare, pion, eturnal with `strict_expiry`).
 * @group Live connections
 */
export type AfterExpiry = 'keep' | 'drop'

/** Returns the member `afterExpiry` of a response; `undefined` if it is missing or has another value. */
export function readAfterExpiry(record: Readonly<Record<string, unknown>>): AfterExpiry | undefined {
  const value = readMember(record, 'afterExpiry')
  return isAfterExpiry(value) ? value : undefined
}

export function isAfterExpiry(value: unknown): value is AfterExpiry {
  return value === 'keep' || value === 'drop'
}
