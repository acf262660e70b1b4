/** Checks of arguments and options, shared by the client and the server half. */
import { isObject, isRecord } from './type-guards.js'

/** An unknown name gets a suggestion if at most this part of it has to be edited. */
const MAX_EDITS_RATIO = 1 / 3

/** Longer names are cut in messages and get no suggestion. */
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
    const nearest = name.length <= MAX_NAME_LENGTH ? findNearest(name, known) : undefined
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

/** Returns the known name that takes the fewest edits, ignoring case; `undefined` if all of them take too many. */
function findNearest(name: string, known: readonly string[]): string | undefined {
  const [nearest] = known
    .map((candidate) => ({ candidate, edits: countEdits(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)
  return nearest && nearest.edits <= name.length * MAX_EDITS_RATIO ? nearest.candidate : undefined
}

/** Levenshtein distance: the number of characters to insert, delete or replace. */
function countEdits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < to.length; j++) {
      const replaced = (row[j] ?? 0) + (from[i] === to[j] ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
