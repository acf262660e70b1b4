/** The system clock as this page sees it: it can be set to a wrong time. */

const systemNow = Date.now
let offsetMs = 0
/** By how much the clock was set back since the provider received its configuration. */
let setBackMs = 0

// `new Date()` is not affected, so the times in the event log stay correct.
Date.now = () => systemNow() + offsetMs

/** Sets the clock fast, or slow with a negative number. */
export function setClock(hours: number): void {
  const nextOffsetMs = hours * 3_600_000
  setBackMs += Math.max(0, offsetMs - nextOffsetMs)
  offsetMs = nextOffsetMs
}

/** Returns the ms until a time of the provider, whose own clock does not go back when that of the system is set back. */
export const msUntil = (at: number): number => at - Date.now() - setBackMs

/** To be called for each response: the provider reads it by the system clock. */
export function followSystemClock(): void {
  setBackMs = 0
}
