import { onPageSignal } from './page-signals.js'
import { createTimer } from './timer.js'

/**
 * Creates an alarm: a timer that can also go off when the page wakes. `onAlarm` then gets the type of the
 * event. Returns the function that sets it: to a moment, whether somebody waits for it, and whether to heed
 * waking.
 */
export function createAlarm(
  now: () => number,
  onAlarm: (wakeEvent?: string) => void,
): (at: number, hasWaiters: boolean, listensForWake: boolean) => void {
  const setTimer = createTimer(now, onAlarm)
  let stopListening: (() => void) | undefined

  return (at, hasWaiters, listensForWake) => {
    setTimer(at, hasWaiters)
    if (listensForWake) {
      stopListening ??= onPageSignal(onAlarm)
    } else {
      stopListening = void stopListening?.()
    }
  }
}
