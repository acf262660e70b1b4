/** Distinguishes the operations of the library from those of the app, in methods of a connection that the library overrides. */

const own = new WeakSet<object>()

/** Marks the first argument of an operation of the library. */
export function markOwn<T extends object>(argument: T): T {
  own.add(argument)
  return argument
}

/** Whether an argument is one of the library. */
export function isOwn(argument: unknown): boolean {
  return own.has(argument as object)
}
