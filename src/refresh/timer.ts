/**
 * A longer wait is taken in steps, each with a look at the clock. Timers stand still while a machine
 * sleeps, so one long timer would be late by that time; and `setTimeout` overflows above 2³¹−1 ms.
 */
const MAX_STEP_MS = 60_000

/**
 * Creates a timer that calls `onDue` once, when `now` has reached the moment that it was set to.
 * Returns the function that sets it, in place of what it was set to before; `Infinity` stops it.
 */
export function createTimer(now: () => number, onDue: () => void): (at: number) => void {
  let handle: ReturnType<typeof setTimeout> | undefined

  return function set(at) {
    clearTimeout(handle)
    if (at === Infinity) return
    const step = () => (now() >= at ? onDue() : set(at))
    handle = setTimeout(step, Math.max(0, Math.min(at - now(), MAX_STEP_MS)))
    // Node: waiting for a refresh is no reason to keep a process alive.
    ;(handle as { unref?: () => void }).unref?.()
  }
}
