/** Causes of errors, without anything that was sent or received. */
import { isObject } from './type-guards.js'

/** How many causes of causes are read. */
const MAX_DEPTH = 4

/** Shorter parts of a secret reveal nothing, and are part of many words. */
const MIN_SECRET_LENGTH = 3

/** The message of a `ReferenceError` in V8 and SpiderMonkey, JavaScriptCore, and Hermes: it contains only a name. */
const MISSING_VARIABLE =
  /^(?:[\w$]{1,50} is not defined|Can't find variable: [\w$]{1,50}|Property '[\w$]{1,50}' doesn't exist)$/

/**
 * Returns a copy of an error with its name and system codes only, such as `TypeError ECONNREFUSED`, and of a
 * `ReferenceError` with its message. Errors of HTTP clients can contain the request, the URL or the body: undici keeps the
 * raw response of a parser error.
 */
export function safeCause(error: unknown): Error {
  const words: string[] = []
  let current = error
  for (let depth = 0; depth < MAX_DEPTH && isObject(current); depth++) {
    const { name, message } = current
    if (name === 'ReferenceError' && typeof message === 'string' && MISSING_VARIABLE.test(message)) {
      return new Error(`${name}: ${message}`)
    }
    for (const word of [name, current.code, current.syscall]) {
      if (typeof word === 'string' && /^\w{1,50}$/.test(word) && !words.includes(word)) words.push(word)
    }
    current = current.cause
  }
  return new Error(words.join(' ') || 'unknown')
}

/**
 * Returns a copy of an error of the engine with its name and message, without these values and the words in them: engines
 * quote the header or the URL that they reject.
 */
export function causeWithout(secrets: readonly string[], error: unknown): Error {
  if (!isObject(error) || typeof error.message !== 'string') return safeCause(error)
  const words = secrets
    .flatMap((secret) => [secret, ...secret.split(/[^\x21-\x7e]+/)])
    .filter(({ length }) => length >= MIN_SECRET_LENGTH)
  const message = words.reduce((text, word) => text.replaceAll(word, '…'), error.message)
  return new Error(`${safeCause({ name: error.name }).message}: ${message}`)
}
