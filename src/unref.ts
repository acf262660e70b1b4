/** Lets a Node process exit while a timer or a channel is open. */
import { isObject } from './type-guards.js'

/** In Node an open timer or channel keeps the process alive until it is unreferenced. Timers of browsers are numbers. */
export function unref(handle: unknown): void {
  if (isObject(handle) && typeof handle.unref === 'function') handle.unref()
}
