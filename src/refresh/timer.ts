/**
 * A longer wait is taken in steps, each with a look at the clock. Timers stand still while a machine
 * sleeps, so one long timer would be late by that time; and `setTimeout` overflows above 2³¹−1 ms. It cuts fractions
 * off, and would be too early by one.
 */
const MAX_STEP_MS = 60_000

/** Sets a timer to a moment, epoch ms, in place of the one before; `Infinity` stops it. */
export type SetTimer = (at: number, hasWaiters: boolean) => void

/**
 * Creates a timer that calls `onDue` once, when `now` has reached the moment that it was set to. In Node,
 * only one that somebody waits for keeps the process alive.
 */
export function createTimer(now: () => number, onDue: () => void): SetTimer {
  let handle: ReturnType<typeof setTimeout> | undefined

  return function set(at, hasWaiters) {
    clearTimeout(handle)
    if (at === Infinity) return
    const step = () => (now() >= at ? onDue() : set(at, hasWaiters))
    handle = setTimeout(step, Math.max(0, Math.min(Math.ceil(at - now()), MAX_STEP_MS)))
    if (!hasWaiters) (handle as { unref?: () => void }).unref?.()
  }
}
