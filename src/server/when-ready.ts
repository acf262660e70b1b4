/** Applies a function to a value, or to that of a promise. */
import { isPromiseLike } from '../type-guards.js'

/** Returns `next(value)`; for a promise, a promise of it. Makes no promise of a value. */
export function whenReady<Value, Result>(
  value: Value | PromiseLike<Value>,
  next: (value: Value) => Result | PromiseLike<Result>,
): Result | PromiseLike<Result> {
  return isPromiseLike(value) ? value.then(next) : next(value)
}
