/** STUN responses for tests, as a server would encode them. */
import {
  ATTRIBUTE,
  decodeResponse,
  encodeRequest,
  METHOD,
  type StunAttribute,
  type StunMethod,
  type StunResponse,
} from '../../src/cli/stun/message.js'

const SUCCESS = 0x0100
const ERROR = 0x0110

/** Returns the bytes of a response: those of a request with another class, and with the transaction id of its request. */
export function encodeResponse(
  method: StunMethod,
  attributes: readonly StunAttribute[],
  { isError = false, transactionId }: { readonly isError?: boolean; readonly transactionId?: Buffer } = {},
): Buffer {
  const { bytes } = encodeRequest(METHOD[method], attributes)
  bytes.writeUInt16BE(bytes.readUInt16BE(0) | (isError ? ERROR : SUCCESS), 0)
  transactionId?.copy(bytes, 8)
  return bytes
}

/** Returns the value of an ERROR-CODE (RFC 8489 §14.8). */
export function errorCode(code: number, reason = ''): StunAttribute {
  const value = Buffer.concat([Buffer.from([0, 0, Math.floor(code / 100), code % 100]), Buffer.from(reason)])
  return [ATTRIBUTE.errorCode, value]
}

/** Returns a decoded success response. */
export function response(method: StunMethod, attributes: readonly StunAttribute[]): StunResponse {
  return decoded(encodeResponse(method, attributes))
}

/** Returns a decoded error response. */
export function errorResponse(
  method: StunMethod,
  code: number,
  reason = '',
  others: readonly StunAttribute[] = [],
): StunResponse {
  return decoded(encodeResponse(method, [errorCode(code, reason), ...others], { isError: true }))
}

function decoded(bytes: Buffer): StunResponse {
  const message = decodeResponse(bytes)
  if (!message) throw new Error('the message of the test is damaged')
  return message
}
