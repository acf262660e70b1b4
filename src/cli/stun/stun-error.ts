/** The error of a STUN response. */
import { readAddress, readErrorCode, type StunErrorCode, type TransportAddress } from './attributes.js'
import type { StunResponse } from './message.js'

const TRY_ALTERNATE = 300

/** The server responded with an error. */
export class StunError extends Error {
  readonly code: number
  /** Where the server redirects to with the code 300 (RFC 8489 §10). */
  readonly alternateServer: TransportAddress | undefined

  constructor({ code, reason }: StunErrorCode, alternateServer?: TransportAddress) {
    super(`error ${code}${reason ? ` ${reason}` : ''}`)
    this.code = code
    this.alternateServer = code === TRY_ALTERNATE ? alternateServer : undefined
  }

  override get name(): string {
    return 'StunError'
  }
}

/** Returns the error of an error response. */
export function toStunError(response: StunResponse): StunError {
  return new StunError(readErrorCode(response), readAddress(response, 'alternateServer'))
}
