/** Reads secrets from options, and removes them from the texts that an API returns. */
import { describeSetting } from './validate.js'

/** What copying, pipes and env files put around a secret. coturn removes the same around its `static-auth-secret`. */
const AROUND_SECRETS = /^(?:[\s"]|bearer(?:\s|$))+|[\s"]+$/gi

/** Replaces a secret in a text. */
const REDACTED = '…'

/** Shorter encodings of a secret could be part of any word. */
const MIN_ENCODED_LENGTH = 8

const HTML_NAMES: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
}

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

/** Returns a function that removes a secret from a text, in every encoding in which an API could return it. */
export function createRedactor(secret: string): (text: string) => string {
  const encoded = [hexOf(secret), ...base64FormsOf(secret)].filter(
    ({ length }) => length >= MIN_ENCODED_LENGTH,
  )
  const patterns = [secret, ...encoded].map((form) => [...form].map(patternOf).join(''))
  const pattern = new RegExp(patterns.join('|'), 'gi')
  return (text) => text.replace(pattern, REDACTED)
}

/** Matches a character and its escapes: of JSON, of a URL (also twice), and of HTML. */
function patternOf(character: string): string {
  const hex = hexOf(character)
  const literal = character.replace(/[^\w]/, '\\$&')
  const names = HTML_NAMES[character] ? `|&${HTML_NAMES[character]};` : ''
  return `(?:\\\\?${literal}|\\\\u00${hex}|%(?:25)?${hex}|&#(?:0*${character.charCodeAt(0)}|x0*${hex});${names})`
}

function hexOf(text: string): string {
  return [...text].map((character) => character.charCodeAt(0).toString(16).padStart(2, '0')).join('')
}

/**
 * Base64 of a secret at each of the three positions that it can have in a longer text, such as `Bearer …`, without the
 * digits that also encode its neighbours.
 */
function base64FormsOf(secret: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const all = btoa(`${'\0'.repeat(offset)}${secret}`)
    const digits = all.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + secret.length) * 8) / 6))
    return [digits, digits.replaceAll('+', '-').replaceAll('/', '_')]
  })
}
