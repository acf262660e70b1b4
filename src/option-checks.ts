/** Checks of arguments and options, shared by the client and the server half. */
import { findNearest } from './nearest-name.js'
import { isObject, isRecord } from './type-guards.js'

/** Longer names are cut in messages. */
const MAX_NAME_LENGTH = 50

/**
 * Throws unless an option has the value that it must have.
 *
 * @param owner - The function or class that the option belongs to.
 * @throws TypeError with the owner, the option, what it must be, and the kind of value that was passed.
 */
export function assertOption(
  condition: boolean,
  owner: string,
  name: string,
  expected: string,
  value: unknown,
): asserts condition {
  if (!condition) throw new TypeError(`${owner}: ${name} must be ${expected}, got ${describeValue(value)}`)
}

/**
 * Throws if `options` is not an object, or has a member that is not an option.
 *
 * @throws TypeError with the unknown name and the known name that is closest to it.
 */
export function assertKnownOptions(owner: string, options: unknown, known: readonly string[]): void {
  const isOptions = isRecord(options) && typeof options !== 'function' && !(options instanceof Promise)
  assertOption(isOptions, owner, 'options', 'an object', options)
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const nearest = findNearest(name, known)
    const suggestion = nearest ? ` (did you mean ${nearest}?)` : `; known options: ${known.join(', ')}`
    throw new TypeError(`${owner}: unknown option ${name.slice(0, MAX_NAME_LENGTH)}${suggestion}`)
  }
}

/**
 * Describes a value for an error message. Contains no text and no member of it, because it could be a secret.
 */
export function describeValue(value: unknown): string {
  if (value === '') return 'an empty string'
  if (value === null || ['undefined', 'number', 'boolean'].includes(typeof value)) return String(value)
  if (!isObject(value) || typeof value === 'function') return `a ${typeof value}`
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array'
  if (value instanceof Promise) return 'a Promise (forgot await?)'
  return 'an object'
}
