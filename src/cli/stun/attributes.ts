/** Reads the values of STUN attributes. */
import { ATTRIBUTE, MAGIC_COOKIE, type StunResponse } from './message.js'

/** An IP address and a port. */
export interface TransportAddress {
  /** IPv6 in its short form (RFC 5952). */
  readonly address: string
  readonly port: number
  readonly family: 'IPv4' | 'IPv6'
}

/** The error of a response. */
export interface StunErrorCode {
  /** From 300 to 699 (RFC 8489 §14.8). */
  readonly code: number
  /** The reason phrase, in one line without control characters. Can be empty. */
  readonly reason: string
}

const ADDRESS_LENGTHS: Readonly<Record<number, number>> = { 1: 4, 2: 16 }

/** Longer reason phrases are cut (RFC 8489 §14.8: fewer than 128 characters). */
const MAX_REASON_LENGTH = 127

/** Returns an address attribute; `undefined` if it is absent or damaged. */
export function readAddress(
  response: StunResponse,
  name: 'xorMappedAddress' | 'xorRelayedAddress' | 'alternateServer',
): TransportAddress | undefined {
  const value = response.attributes.get(ATTRIBUTE[name])
  const length = ADDRESS_LENGTHS[value?.[1] ?? 0]
  if (!value || length === undefined || value.length !== 4 + length) return undefined
  // XOR addresses are combined with the magic cookie and the transaction id, so that no router rewrites them.
  const isXor = name !== 'alternateServer'
  const mask = Buffer.from(isXor ? MAGIC_COOKIE.toString(16) + response.transactionId : '0'.repeat(32), 'hex')
  const port = value.readUInt16BE(2) ^ mask.readUInt16BE(0)
  const bytes = Array.from(value.subarray(4), (byte, index) => byte ^ (mask[index] ?? 0))
  return length === 4
    ? { address: bytes.join('.'), port, family: 'IPv4' }
    : { address: formatIpv6(Buffer.from(bytes)), port, family: 'IPv6' }
}

/** Returns the address and the port as in a URL. */
export function formatAddress({ address, port, family }: TransportAddress): string {
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`
}

/** Returns a number of 32 bits; `undefined` if it is absent or damaged. */
export function readLifetimeSeconds({ attributes }: StunResponse): number | undefined {
  const value = attributes.get(ATTRIBUTE.lifetime)
  return value?.length === 4 ? value.readUInt32BE(0) : undefined
}

/** Returns the error of a response; the code 0 if the attribute is absent, damaged or out of its range. */
export function readErrorCode({ attributes }: StunResponse): StunErrorCode {
  const value = attributes.get(ATTRIBUTE.errorCode)
  if (!value || value.length < 4) return { code: 0, reason: '' }
  const hundreds = value.readUInt8(2) & 0x7
  const rest = value.readUInt8(3)
  const code = hundreds >= 3 && hundreds <= 6 && rest < 100 ? hundreds * 100 + rest : 0
  const reason = value
    .toString('utf8', 4)
    .replace(/\p{C}+/gu, ' ')
    .trim()
  return { code, reason: reason.slice(0, MAX_REASON_LENGTH) }
}

/** URL parsers write IPv6 addresses in their short form. */
function formatIpv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}
