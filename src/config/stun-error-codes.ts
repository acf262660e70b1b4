/** Classifies and describes the STUN and TURN error codes of an `icecandidateerror` event. */

/** No server responded (W3C webrtc-pc, `RTCPeerConnectionIceErrorEvent`). */
export const SERVER_UNREACHABLE = 701

/** What a STUN error code means for the credentials and the server. */
export type StunErrorClass = 'credentials-rejected' | 'quota' | 'unreachable' | 'other'

const CLASSES: Readonly<Record<number, StunErrorClass>> = {
  400: 'credentials-rejected',
  401: 'credentials-rejected',
  403: 'credentials-rejected',
  437: 'credentials-rejected',
  438: 'credentials-rejected',
  441: 'credentials-rejected',
  486: 'quota',
  [SERVER_UNREACHABLE]: 'unreachable',
}

/** RFC 8489 §14.8 and RFC 8656 §19. */
const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'the server rejected the request, as some servers do with expired credentials',
  401: 'the credentials are wrong or expired',
  403: 'the server forbids the request',
  437: 'the server does not know the allocation',
  438: 'the server rejects every nonce',
  441: 'the credentials are not those of the allocation',
  442: 'the server does not relay UDP',
  486: 'this user has reached the allocation quota',
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
 */
export function classifyStunError(code: number): StunErrorClass {
  return CLASSES[code] ?? 'other'
}

/** Returns the meaning of a STUN error code in a few words, for people who operate a TURN server. */
export function describeStunError(code: number): string {
  return DESCRIPTIONS[code] ?? `the server responded with error ${code}`
}
