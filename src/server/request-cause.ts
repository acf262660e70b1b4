/** The cause of an error of a request: the original error, or what of it cannot contain a header or a body. */
import { safeCause } from '../safe-cause.js'
import { isObject } from '../type-guards.js'
import type { Redact } from './redact.js'

/** Members of errors of Node, undici, node-fetch, Bun, Deno and Workers: none contains a header or a body. */
const SAFE_NAMES: ReadonlySet<string | symbol> = new Set([
  ...['name', 'message', 'stack', 'code', 'type', 'cause', 'errors', 'length'],
  ...['errno', 'syscall', 'erroredSysCall', 'hostname', 'host', 'address', 'port', 'path'],
  ...['socket', 'localAddress', 'remoteAddress', 'remoteFamily'],
])

/** How many causes of causes are read. */
const MAX_DEPTH = 6

/** Returns an error unchanged if it contains neither the secret nor an unknown member, otherwise a copy with names and codes only. */
export function toRequestCause(error: unknown, redact: Redact): unknown {
  try {
    return isSafe(error, redact, 0) ? error : safeCause(error)
  } catch {
    return undefined // A getter or a proxy threw.
  }
}

function isSafe(value: unknown, redact: Redact, depth: number): boolean {
  if (typeof value === 'string') return redact(value) === value
  if (!isObject(value)) return true
  if (depth > MAX_DEPTH || typeof value === 'function') return false
  return Reflect.ownKeys(value).every((name) => {
    const member: unknown = Reflect.get(value, name)
    const isKnown = SAFE_NAMES.has(name) || (Array.isArray(value) && /^\d+$/.test(String(name)))
    return isKnown
      ? isSafe(member, redact, depth + 1)
      : ['number', 'boolean', 'undefined'].includes(typeof member)
  })
}
