/** The members of a response that can contain the lifetime of its credentials. */
import { plainName } from './member-names.js'

/**
 * What a member contains: a moment, a duration, the moment at which the credentials were issued, or the current time of
 * the server.
 */
export type ExpiryFieldKind = 'moment' | 'duration' | 'issuedAt' | 'serverTime'

/** A member that can contain the lifetime. */
export interface ExpiryField {
  /** As it is spelled in the response. */
  readonly name: string
  readonly kind: ExpiryFieldKind
  /** Neither `undefined` nor `null`. */
  readonly value: unknown
}

/** In the spelling of {@link plainName}. */
const KINDS: ReadonlyMap<string, ExpiryFieldKind> = new Map([
  ['expiresat', 'moment'],
  ['expireson', 'moment'], // Azure
  ['expires', 'moment'], // XEP-0215
  ['expiry', 'moment'],
  ['expiration', 'moment'],
  ['expiretime', 'moment'], // Google's APIs
  ['validuntil', 'moment'],
  ['ttl', 'duration'],
  ['ttlseconds', 'duration'],
  ['expiresin', 'duration'],
  ['expiresinseconds', 'duration'],
  ['expiryinseconds', 'duration'],
  ['lifetime', 'duration'],
  ['lifetimeduration', 'duration'], // Google's APIs
  ['datecreated', 'issuedAt'], // Twilio
  ['createdat', 'issuedAt'],
  ['issuedat', 'issuedAt'],
  ['iat', 'issuedAt'], // RFC 7519 §4.1.6
  ['servertime', 'serverTime'],
])

/** Copies the members with a lifetime, and no credential. */
export function pickExpiryFields(record: Readonly<Record<string, unknown>>): ExpiryField[] {
  return Object.keys(record).flatMap((name) => {
    const kind = KINDS.get(plainName(name))
    const value = kind && record[name]
    return kind && value !== undefined && value !== null ? [{ name, kind, value }] : []
  })
}
