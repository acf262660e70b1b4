/** Continues without a turn of the event loop where none is needed. */
import { isPromiseLike } from '../type-guards.js'

/** Continues with a value at once, and with that of a promise when it is fulfilled. */
export function whenReady<Value, Result>(
  value: Value | PromiseLike<Value>,
  next: (value: Value) => Result | PromiseLike<Result>,
): Result | PromiseLike<Result> {
  return isPromiseLike(value) ? value.then(next) : next(value)
}
