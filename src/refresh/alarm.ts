import { createTimer } from './timer.js'
import { onWake } from './wake-signals.js'

/**
 * Creates an alarm: a timer that can also go off when the page wakes. `onAlarm` then gets the type of the
 * event. Returns the function that sets it: to a moment, whether somebody waits for it, and whether to heed
 * waking.
 */
export function createAlarm(
  now: () => number,
  onAlarm: (wakeEvent?: string) => void,
): (at: number, isAwaited: boolean, heedsWaking: boolean) => void {
  const setTimer = createTimer(now, onAlarm)
  let stopListening: (() => void) | undefined

  return (at, isAwaited, heedsWaking) => {
    setTimer(at, isAwaited)
    if (heedsWaking) {
      stopListening ??= onWake(onAlarm)
    } else {
      stopListening = void stopListening?.()
    }
  }
}
