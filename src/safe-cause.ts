/** Causes of network errors, without anything that was sent or received. */
import { isObject } from './type-guards.js'

/** How many causes of causes are read. */
const MAX_DEPTH = 4

/**
 * Returns a copy of an error with its name and system codes only, such as `TypeError ECONNREFUSED`. Errors of HTTP clients
 * can contain the request, the URL or the body: undici keeps the raw response of a parser error.
 */
export function safeCause(error: unknown): Error {
  const words: string[] = []
  let current = error
  for (let depth = 0; depth < MAX_DEPTH && isObject(current); depth++) {
    for (const word of [current.name, current.code, current.syscall]) {
      if (typeof word === 'string' && /^\w{1,50}$/.test(word) && !words.includes(word)) words.push(word)
    }
    current = current.cause
  }
  return new Error(words.join(' ') || 'unknown')
}
