/** Removes a secret from texts that an API returns. */

/** Returns a text without the secret. */
export type Redact = (text: string) => string

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

/** Returns a function that removes a secret from a text, in every encoding in which an API could return it. */
export function createRedact(secret: string): Redact {
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
