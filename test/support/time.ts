import { vi } from 'vitest'

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE

/** The moment at which fake clocks start, in epoch ms. */
export const NOW = Date.UTC(2026, 10, 24)

export const useFakeClock = () => void vi.useFakeTimers({ now: NOW })
export const useRealClock = () => void vi.useRealTimers()

/** Advances the fake clock and runs every timer and promise callback that becomes due. */
export const advance = (ms: number) => vi.advanceTimersByTimeAsync(ms)
