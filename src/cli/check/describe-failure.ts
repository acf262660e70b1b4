/** Explains in a few words why a URL is not usable. */
import { describeStunError } from 'turnkeeper'
import { StunError } from '../stun/turn-client.js'
import type { UrlReport, UrlVerdict } from './url-report.js'

/** Codes of Node's errors of DNS and sockets. */
const SOCKET_ERRORS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the name server did not respond',
  ECONNREFUSED: 'the port is closed',
  ECONNRESET: 'the server closed the connection',
  EPIPE: 'the server closed the connection',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'this device has no route to that network',
  EADDRNOTAVAIL: 'this device has no address of that family',
}

/** Codes of OpenSSL and Node about certificates. */
const CERTIFICATE_ERRORS: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is not one for this host',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet: is the clock of this device right?',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed, so browsers reject it',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate was signed by an unknown authority, so browsers reject it',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'the certificate was signed by an unknown authority, so browsers reject it',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the server sends no intermediate certificate: configure the whole chain',
}

/** The server speaks no TLS at all. */
const TLS_ERROR = /^(?:ERR_SSL_|EPROTO$)/

/** Returns the verdict of an error, and explains it. */
export function describeFailure(
  error: unknown,
  timeoutMs: number,
): Pick<UrlReport, 'verdict' | 'message' | 'stunCode'> {
  if (error instanceof StunError) {
    return {
      verdict: 'rejected',
      message: `${error.message}: ${describeStunError(error.code)}`,
      stunCode: error.code,
    }
  }
  const { name, code = '', message } = error as NodeJS.ErrnoException
  if (name === 'TimeoutError') {
    return failure(
      'timeout',
      `no response within ${timeoutMs} ms: the server is down, or the port is blocked`,
    )
  }
  if (code in SOCKET_ERRORS) return failure('unreachable', SOCKET_ERRORS[code])
  if (code in CERTIFICATE_ERRORS) return failure('certificate', CERTIFICATE_ERRORS[code])
  if (TLS_ERROR.test(code)) return failure('unreachable', 'the server does not support TLS at this port')
  return failure(code ? 'unreachable' : 'failed', message)
}

function failure(verdict: UrlVerdict, message = 'unknown error') {
  return { verdict, message }
}
