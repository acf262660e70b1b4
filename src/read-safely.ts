/** Reads an object of the app that can throw, such as a wrapper whose inner connection is gone. */

/** Returns what `read` returns, or the fallback if it throws. */
export function readSafely<T>(read: () => T, fallback: T): T {
  try {
    return read()
  } catch {
    return fallback
  }
}
