/** Reads a connection that can throw: a wrapper of an app whose inner connection is gone, or a stack without a method. */

/** Returns what `read` returns, or the fallback if it throws. */
export function readSafely<T>(read: () => T, fallback: T): T {
  try {
    return read()
  } catch {
    return fallback
  }
}
