/** Less than that is how clocks are kept right, not a jump. */
const TOLERANCE_MS = 1000

/** The time by the more pessimistic of two clocks, so that credentials never seem to live longer than they do. */
export interface Clock {
  /** Epoch ms. Never goes back by a jump. */
  now(): number
  /** How far the wall clock was put back, in ms, since this clock went by it. */
  readonly setBackMs: number
  /** Goes by the wall clock as it was when the lag was so much; for moments that were read since then. */
  forget(setBackMs: number): void
}

/**
 * Creates a clock that follows the wall clock: also when it jumps ahead, as it does when a machine wakes, for
 * then time may have passed. When it is put back, the time that has passed since is added to what it showed
 * before; `monotonicNow` tells it, and may stand still while the machine sleeps.
 */
export function createClock(wallNow: () => number, monotonicNow: () => number): Clock {
  let setBackMs = 0
  let wall = wallNow()
  let monotonic = monotonicNow()

  const look = () => {
    const [lastWall, lastMonotonic] = [wall, monotonic]
    ;[wall, monotonic] = [wallNow(), monotonicNow()]
    const putBackMs = monotonic - lastMonotonic - (wall - lastWall)
    if (putBackMs > TOLERANCE_MS) setBackMs += putBackMs
  }
  return {
    now() {
      look()
      return wall + setBackMs
    },
    get setBackMs() {
      look()
      return setBackMs
    },
    forget(forgottenMs) {
      setBackMs -= forgottenMs
    },
  }
}
