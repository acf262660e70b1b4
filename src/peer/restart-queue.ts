/** Spreads the ICE restarts of several connections, so that they do not gather at the same time. */

/** Limits of the time between two restarts. */
const MAX_GAP_MS = 500
const MIN_GAP_MS = 50

/**
 * Returns the time between two restarts: all of them take half of the time until the credentials in use expire.
 *
 * @param remainingMs - Until the deadline; negative if it has passed.
 * @param count - Number of connections. None counts as one: the first may be attached later.
 */
export function restartGapMs(remainingMs: number, count: number): number {
  const evenGapMs = remainingMs / 2 / Math.max(count, 1)
  return Math.min(Math.max(evenGapMs, MIN_GAP_MS), MAX_GAP_MS)
}

/** Hands out the times of restarts. All of them are monotonic ms. */
export class RestartQueue {
  #gapMs = MIN_GAP_MS
  #nextAt: number | undefined

  /** Sets the time between restarts; slots that were reserved before stay. */
  setGap(gapMs: number): void {
    this.#gapMs = gapMs
  }

  /** Reserves the next slot and returns its time. */
  reserve(now: number): number {
    const restartAt = Math.max(this.#nextAt ?? now, now)
    this.#nextAt = restartAt + this.#gapMs
    return restartAt
  }
}
