/** The one timer of a provider. */
import { onPageSignal } from './page-signals.js'

/**
 * A longer wait is divided into steps, and the clock is read after each. Timers stand still while a machine sleeps, so
 * one long timer would be late by that time; and `setTimeout` overflows above 2³¹−1 ms.
 */
const MAX_STEP_MS = 60_000

/** When to wake up. */
export interface Wakeup {
  /** Epoch ms; `undefined` stops the timer. */
  readonly at: number | undefined
  /** Whether the timer keeps a Node process alive. */
  readonly keepsProcessAlive: boolean
  /** Whether signals of the page count as well, such as becoming visible. */
  readonly listensForWake: boolean
}

/** Replaces the previous wakeup. */
export type ScheduleWakeup = (wakeup: Wakeup) => void

/**
 * Creates a timer that calls `onWakeup` once when `now` has reached the scheduled time, and at each signal of the page
 * with the type of its event.
 */
export function createWakeupTimer(now: () => number, onWakeup: (pageEvent?: string) => void): ScheduleWakeup {
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopListening: (() => void) | undefined

  const startTimer = (at: number, keepsProcessAlive: boolean) => {
    const step = () => (now() >= at ? onWakeup() : startTimer(at, keepsProcessAlive))
    // Rounded up: `setTimeout` cuts off fractions, and would fire before the time.
    timer = setTimeout(step, Math.max(0, Math.min(Math.ceil(at - now()), MAX_STEP_MS)))
    if (!keepsProcessAlive) unref(timer)
  }

  return ({ at, keepsProcessAlive, listensForWake }) => {
    clearTimeout(timer)
    if (at !== undefined) startTimer(at, keepsProcessAlive)
    if (listensForWake) {
      stopListening ??= onPageSignal(onWakeup)
    } else {
      stopListening?.()
      stopListening = undefined
    }
  }
}

/** In Node a timer keeps the process alive until it is unreferenced. Browsers return a number. */
function unref(timer: { unref?: () => void } | number): void {
  if (typeof timer === 'object') timer.unref?.()
}
