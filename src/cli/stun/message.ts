/** Encodes and decodes STUN messages (RFC 8489 §5). */
import { createHmac, randomBytes } from 'node:crypto'

/** The methods that the command uses (RFC 8489 §18.2, RFC 8656 §17). */
export const METHOD = { binding: 0x001, allocate: 0x003, refresh: 0x004 } as const

/** A method by its name. */
export type StunMethod = keyof typeof METHOD

/** The attributes that the command reads or writes (RFC 8489 §18.3, RFC 8656 §18). */
export const ATTRIBUTE = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  lifetime: 0x000d,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedTransport: 0x0019,
  xorMappedAddress: 0x0020,
  alternateServer: 0x8023,
} as const

/** An attribute to encode. */
export type StunAttribute = readonly [type: number, value: Uint8Array]

/** A decoded response. */
export interface StunResponse {
  readonly method: number
  readonly isSuccess: boolean
  /** In hexadecimal digits. */
  readonly transactionId: string
  /** The values by type. Of several attributes of a type the first one counts (RFC 8489 §14). */
  readonly attributes: ReadonlyMap<number, Buffer>
  /** Whether its MESSAGE-INTEGRITY is that of a key. False if it has none. */
  hasIntegrity(key: Buffer): boolean
}

/** Type, length, magic cookie and transaction id. */
export const HEADER_LENGTH = 20

/** RFC 8489 §5. */
export const MAGIC_COOKIE = 0x2112a442
const TRANSACTION_ID_OFFSET = 8
const ATTRIBUTE_HEADER_LENGTH = 4
const HMAC_SHA1_LENGTH = 20

/** The bits of the class in a message type (RFC 8489 §5). Those of a request are 0. */
const CLASS_BITS = { success: 0x100, error: 0x110 } as const
const CLASS_MASK = 0x110

/**
 * Encodes a request with a new transaction id.
 *
 * @param key - Signs the request with a MESSAGE-INTEGRITY (RFC 8489 §14.5); `undefined` for a request without credentials.
 */
export function encodeRequest(
  method: number,
  attributes: readonly StunAttribute[],
  key?: Buffer,
): { readonly bytes: Buffer; readonly transactionId: string } {
  const transactionId = randomBytes(12)
  const header = Buffer.alloc(HEADER_LENGTH)
  header.writeUInt16BE(method, 0)
  header.writeUInt32BE(MAGIC_COOKIE, 4)
  transactionId.copy(header, TRANSACTION_ID_OFFSET)
  const message = Buffer.concat([header, ...attributes.map(encodeAttribute)])
  setLength(message, message.length)
  const bytes = key
    ? Buffer.concat([message, encodeAttribute([ATTRIBUTE.messageIntegrity, integrityOf(message, key)])])
    : message
  setLength(bytes, bytes.length)
  return { bytes, transactionId: transactionId.toString('hex') }
}

/** Decodes a response. Returns `undefined` for everything else, so also for a truncated or damaged message. */
export function decodeResponse(bytes: Buffer): StunResponse | undefined {
  if (bytes.length < HEADER_LENGTH || bytes.readUInt32BE(4) !== MAGIC_COOKIE) return undefined
  if (messageLength(bytes) !== bytes.length || bytes.length % 4 !== 0) return undefined
  const type = bytes.readUInt16BE(0)
  const isSuccess = (type & CLASS_MASK) === CLASS_BITS.success
  const isError = (type & CLASS_MASK) === CLASS_BITS.error
  const decoded = decodeAttributes(bytes)
  if (!decoded || !(isSuccess || isError)) return undefined
  const { attributes, integrityOffset } = decoded
  return {
    method: type & ~CLASS_MASK,
    isSuccess,
    transactionId: bytes.toString('hex', TRANSACTION_ID_OFFSET, HEADER_LENGTH),
    attributes,
    hasIntegrity: (key) => {
      const integrity = attributes.get(ATTRIBUTE.messageIntegrity)
      if (integrity?.length !== HMAC_SHA1_LENGTH) return false
      return integrity.equals(integrityOf(Buffer.from(bytes.subarray(0, integrityOffset)), key))
    },
  }
}

/** Returns how long a message is by its header. */
export function messageLength(header: Buffer): number {
  return HEADER_LENGTH + header.readUInt16BE(2)
}

/** The value of an attribute is padded to a multiple of 4 bytes (RFC 8489 §14). */
function paddedLength(length: number): number {
  return Math.ceil(length / 4) * 4
}

function encodeAttribute([type, value]: StunAttribute): Buffer {
  const encoded = Buffer.alloc(ATTRIBUTE_HEADER_LENGTH + paddedLength(value.length))
  encoded.writeUInt16BE(type, 0)
  encoded.writeUInt16BE(value.length, 2)
  encoded.set(value, ATTRIBUTE_HEADER_LENGTH)
  return encoded
}

/** Attributes after MESSAGE-INTEGRITY are not signed, so they are ignored (RFC 8489 §14.5). */
function decodeAttributes(
  bytes: Buffer,
): { readonly attributes: ReadonlyMap<number, Buffer>; readonly integrityOffset: number } | undefined {
  const attributes = new Map<number, Buffer>()
  let offset = HEADER_LENGTH
  while (offset < bytes.length) {
    const length = bytes.readUInt16BE(offset + 2)
    const start = offset + ATTRIBUTE_HEADER_LENGTH
    const end = start + paddedLength(length)
    if (end > bytes.length) return undefined
    const type = bytes.readUInt16BE(offset)
    if (!attributes.has(type)) attributes.set(type, bytes.subarray(start, start + length))
    if (type === ATTRIBUTE.messageIntegrity) return { attributes, integrityOffset: offset }
    offset = end
  }
  return { attributes, integrityOffset: bytes.length }
}

/** The HMAC covers the message before the attribute, with a length that includes it (RFC 8489 §14.5). */
function integrityOf(message: Buffer, key: Buffer): Buffer {
  setLength(message, message.length + ATTRIBUTE_HEADER_LENGTH + HMAC_SHA1_LENGTH)
  return createHmac('sha1', key).update(message).digest()
}

/** Writes the length of a message, which does not count its header. */
function setLength(message: Buffer, length: number): void {
  message.writeUInt16BE(length - HEADER_LENGTH, 2)
}
