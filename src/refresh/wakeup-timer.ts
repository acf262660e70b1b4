/** The one timer of a provider. */
import { unref } from '../unref.js'
import { onPageSignal, type PageSignal } from './page-signals.js'

/**
 * A longer wait is divided into steps, and the clock is read after each. Timers stand still while a machine sleeps, so
 * one long timer would be late by that time; and `setTimeout` overflows above 2³¹−1 ms.
 */
const MAX_STEP_MS = 60_000

/** A timer that is later than this has been held up, as when a machine sleeps. Timers of hidden pages may be late as well. */
const LATE_MS = 5000

/** Why the timer calls back before its time. */
export type WakeupSignal = PageSignal | 'late-timer'

/** Whether another network may be in use after a signal. */
export function isNetworkSignal(signal: WakeupSignal | undefined): boolean {
  return signal === 'online' || signal === 'networkchange' || signal === 'resume' || signal === 'late-timer'
}

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
export function createWakeupTimer(
  now: () => number,
  onWakeup: (signal?: WakeupSignal) => void,
): ScheduleWakeup {
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopListening: (() => void) | undefined

  const startTimer = (at: number, keepsProcessAlive: boolean) => {
    // Rounded up: `setTimeout` cuts off fractions, and would fire before the time.
    const delayMs = Math.max(0, Math.min(Math.ceil(at - now()), MAX_STEP_MS))
    const stepAt = now() + delayMs
    const step = () => {
      if (now() - stepAt >= LATE_MS) onWakeup('late-timer')
      else if (now() >= at) onWakeup()
      else startTimer(at, keepsProcessAlive)
    }
    timer = setTimeout(step, delayMs)
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
