/** Explains why a URL is not usable. */
import { describeStunError } from 'turnkeeper'
import { StunError } from '../stun/stun-error.js'
import type { StepName, StepReport, UrlReport, UrlVerdict } from './url-report.js'

/** Codes of Node's errors of DNS and sockets. */
const SOCKET_ERRORS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'temporary DNS failure',
  ECONNREFUSED: 'connection refused: nothing listens at the port',
  ECONNRESET: 'the server closed the connection',
  EPIPE: 'the server closed the connection',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to that network',
  EADDRNOTAVAIL: 'this device has no address of that family',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the server does not support TLS at this port',
  EPROTO: 'the server does not support TLS at this port',
}

/** Codes of OpenSSL and Node about certificates. */
const CERTIFICATE_ERRORS: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is not valid for this host name',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet: is the clock of this device right?',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the authority that signed the certificate is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the authority that signed the certificate is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'the server does not send its intermediate certificates, or their authority is not trusted',
}

/** Other problems of certificates have codes such as `CERT_REVOKED` and `INVALID_PURPOSE`. */
const CERTIFICATE_ERROR = /CERT|CRL|INVALID_(?:CA|PURPOSE)|PATH_LENGTH/

const TIMEOUTS: Readonly<Record<StepName, string>> = {
  resolve: 'the DNS lookup did not complete',
  connect: 'no connection',
  binding: 'no response to the binding request',
  allocate: 'no response to the Allocate request',
}

/** Which step failed, and what happened before. */
export interface FailureContext {
  readonly step: StepName
  readonly steps: readonly StepReport[]
  readonly timeoutMs: number
}

/** Returns the verdict of an error, and explains it. */
export function describeFailure(
  error: unknown,
  { step, steps, timeoutMs }: FailureContext,
): Pick<UrlReport, 'verdict' | 'message' | 'stunCode' | 'errorCode'> {
  if (error instanceof StunError) return describeStunFailure(error)
  const { name, code, message } = error as NodeJS.ErrnoException
  if (name === 'TimeoutError' || code === 'ETIMEDOUT') {
    const hasResponded = steps.some((other) => other.name === 'binding' && other.isSuccessful)
    const cause = hasResponded
      ? 'the server responds to binding requests only'
      : 'the server is down, or a firewall drops the packets'
    return {
      verdict: 'timeout',
      message: `${TIMEOUTS[step]} within ${timeoutMs} ms: ${cause}`,
      errorCode: code,
    }
  }
  if (code === undefined) return { verdict: 'failed', message }
  return { ...describeCode(code, message), errorCode: code }
}

function describeStunFailure({ code, message }: StunError) {
  const stunCode = code === 0 ? undefined : code
  const verdict: UrlVerdict = stunCode ? 'rejected' : 'failed'
  const explanation = stunCode
    ? `${message}: ${describeStunError(code)}`
    : 'the error response has no ERROR-CODE'
  return { verdict, message: explanation, stunCode }
}

function describeCode(
  code: string,
  message: string,
): { readonly verdict: UrlVerdict; readonly message: string } {
  const socketError = SOCKET_ERRORS[code]
  if (socketError) return { verdict: 'unreachable', message: socketError }
  const certificateError = CERTIFICATE_ERRORS[code]
  if (certificateError) return { verdict: 'certificate', message: certificateError }
  if (CERTIFICATE_ERROR.test(code))
    return { verdict: 'certificate', message: `the certificate is rejected (${code})` }
  if (code.startsWith('ERR_SSL_'))
    return { verdict: 'unreachable', message: `the TLS handshake failed (${code})` }
  return { verdict: 'unreachable', message }
}
