/** Epoch time that is never set back, and monotonic time: the one clock of the client. */

/** Smaller differences are clock synchronization (NTP), not a change by the user. */
const CLOCK_CORRECTION_MS = 1000

/** Time that is never set back, so that credentials do not appear valid for longer than they are. */
export interface Clock {
  /** Returns the time in epoch ms. It does not go back when the system clock is set back. */
  now(): number
  /** Returns ms since an arbitrary moment. Unaffected by changes of the system clock. */
  monotonicNow(): number
  /** Returns by how many ms the system clock is set back, compared with this clock. */
  setBackMs(): number
  /** Remembers what both clocks show. To be called at each event, so that slow corrections do not add up. */
  sync(): void
  /** Follows the system clock again, for timestamps that were read after it was set back by this much. */
  acceptSystemClock(setBackMs: number): void
}

/**
 * Creates a clock that follows the system clock, also when it jumps ahead, as it does when a machine resumes: time may
 * have passed. When the system clock is set back, the clock goes on by the monotonic one, which may stand still while
 * a machine sleeps.
 */
export function createClock(systemNow: () => number, monotonicNow: () => number): Clock {
  let knownSetBackMs = 0
  let reference = { system: systemNow(), monotonic: monotonicNow() }

  const read = () => {
    const [system, monotonic] = [systemNow(), monotonicNow()]
    const setBackNowMs = monotonic - reference.monotonic - (system - reference.system)
    return {
      system,
      monotonic,
      setBackMs: knownSetBackMs + (setBackNowMs > CLOCK_CORRECTION_MS ? setBackNowMs : 0),
    }
  }
  const sync = () => {
    const { system, monotonic, setBackMs } = read()
    knownSetBackMs = setBackMs
    reference = { system, monotonic }
  }
  return {
    now() {
      const { system, setBackMs } = read()
      return system + setBackMs
    },
    monotonicNow,
    setBackMs: () => read().setBackMs,
    sync,
    acceptSystemClock(setBackMs) {
      sync()
      knownSetBackMs -= setBackMs
    },
  }
}
