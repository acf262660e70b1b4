/** Classifies and describes the STUN and TURN error codes of an `icecandidateerror` event. */

/** No server responded (W3C webrtc-pc, `RTCPeerConnectionIceErrorEvent`). */
export const SERVER_UNREACHABLE = 701

/** What a STUN error code means for the credentials and the server. @group Diagnostics */
export type StunErrorClass = 'credentials-rejected' | 'quota' | 'unreachable' | 'other'

/** RFC 8489 §14.8 and RFC 8656 §19. */
const CREDENTIAL_ERROR_CODES: readonly number[] = [400, 401, 403, 437, 438, 441]
const ALLOCATION_QUOTA_REACHED = 486

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  300: 'the server redirects to another server',
  400: 'the server rejected the request, as some servers do with expired credentials',
  401: 'the credentials are wrong or expired',
  403: 'the server forbids the request',
  420: 'the server does not support an attribute of the request',
  437: 'the server does not know the allocation',
  438: 'the server rejects every nonce',
  441: 'the credentials are not those of the allocation',
  440: 'the server does not relay to addresses of this family',
  442: 'the server does not relay UDP',
  [ALLOCATION_QUOTA_REACHED]: 'this user has reached the allocation quota',
  500: 'the server has an internal error',
  508: 'the server has no capacity left',
  [SERVER_UNREACHABLE]:
    'no response: the host name is unknown, the server is down, or the port is closed or blocked',
}

/**
 * Returns what a STUN error code means: the TURN server rejected the credentials, the user has reached the quota of
 * allocations, no server responded, or another error.
 *
 * @example
 * ```ts
 * pc.addEventListener('icecandidateerror', ({ errorCode }) => {
 *   if (classifyStunError(errorCode) === 'credentials-rejected') void provider.refresh()
 * })
 * ```
 * @group Diagnostics
 */
export function classifyStunError(code: number): StunErrorClass {
  if (CREDENTIAL_ERROR_CODES.includes(code)) return 'credentials-rejected'
  if (code === ALLOCATION_QUOTA_REACHED) return 'quota'
  return code === SERVER_UNREACHABLE ? 'unreachable' : 'other'
}

/** Returns the meaning of a STUN error code in a few words, for people who operate a TURN server. @group Diagnostics */
export function describeStunError(code: number): string {
  return DESCRIPTIONS[code] ?? `the server responded with error ${code}`
}
