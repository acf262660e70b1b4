/** Reads secrets from options. */
import { describeSetting } from './validate.js'

/** Characters that copying, pipes and env files add around a secret. coturn removes the same around its `static-auth-secret`. */
const AROUND_SECRETS = /^(?:[\s"]|bearer(?:\s|$))+|[\s"]+$/gi

/**
 * Returns a secret without white space, line ends, double quotes and `Bearer ` around it.
 *
 * @throws TypeError if nothing else is left, or if it contains anything but printable ASCII. The message contains no part
 * of the secret.
 */
export function requireSecret(owner: string, name: string, secret: unknown): string {
  const text = typeof secret === 'string' ? secret.replace(AROUND_SECRETS, '') : ''
  if (text === '') {
    throw new TypeError(`${owner}: ${name} must be a non-empty string, got ${describeSecret(secret)}`)
  }
  if (!/^[ -~]+$/.test(text)) {
    throw new TypeError(
      `${owner}: ${name} must consist of printable ASCII characters, got a string with others (copy it again: they can be invisible)`,
    )
  }
  return text
}

/**
 * Returns a secret that can be a bearer token (RFC 6750 §2.1).
 *
 * @throws TypeError like {@link requireSecret}, and if there is white space inside.
 */
export function requireBearerToken(owner: string, name: string, token: unknown): string {
  // Docker keeps the quotes of an env file.
  const unquoted = typeof token === 'string' ? token.replace(/^[\s']+|[\s']+$/g, '') : token
  const text = requireSecret(owner, name, unquoted)
  if (text.includes(' ')) {
    throw new TypeError(
      `${owner}: ${name} must not contain white space, got a string that does (copy it again)`,
    )
  }
  return text
}

/** Describes a value that is not a secret, also without its digits. */
function describeSecret(secret: unknown): string {
  if (typeof secret === 'number') return 'a number'
  return typeof secret === 'string' && secret !== '' ? 'only white space or quotes' : describeSetting(secret)
}
