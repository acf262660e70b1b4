/** No answer at all (W3C webrtc-pc, `RTCPeerConnectionIceErrorEvent`). */
export const SERVER_UNREACHABLE = 701

/** Neither an answer nor an error; not a code of the specification. */
export const TIMEOUT = 0

/** What servers answer: RFC 8489 §14.8, RFC 8656 §19. */
const MEANINGS: Readonly<Record<number, string>> = {
  400: 'the server refused the request, as some do with expired credentials',
  401: 'the credentials are wrong or expired',
  403: 'the server forbids it',
  438: 'the server wants another nonce again and again',
  441: 'the credentials are not those of the allocation',
  442: 'the server does not relay UDP',
  486: 'this user has no allocation left',
  508: 'the server has no capacity left',
  [TIMEOUT]:
    'nothing came back in time: the server is down, or the port is closed or blocked; Chromium sends nothing to port 53',
  [SERVER_UNREACHABLE]:
    'no answer: the name is unknown, the server is down, or the port is closed or blocked',
}

export function describeStunError(errorCode: number): string {
  return MEANINGS[errorCode] ?? `the server answered with error ${errorCode}`
}
