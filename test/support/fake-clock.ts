import { vi } from 'vitest'

export const NOW = Date.UTC(2026, 10, 24)

export const useFakeClock = () => void vi.useFakeTimers({ now: NOW })
export const useRealClock = () => void vi.useRealTimers()
