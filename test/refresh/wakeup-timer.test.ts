// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createWakeupTimer,
  isNetworkSignal,
  type Wakeup,
  type WakeupSignal,
} from '../../src/refresh/wakeup-timer.js'
import { HOUR, MINUTE } from '../support/time.js'

const PAGE_EVENTS = ['visibilitychange', 'resume', 'pageshow', 'online']
const firePageEvents = () => {
  document.dispatchEvent(new Event('visibilitychange'))
  document.dispatchEvent(new Event('resume'))
  window.dispatchEvent(new Event('pageshow'))
  window.dispatchEvent(new Event('online'))
}

const create = () => {
  const onWakeup = vi.fn()
  const schedule = createWakeupTimer(() => Date.now(), onWakeup)
  const set = (wakeup: Partial<Wakeup>) =>
    schedule({ at: undefined, keepsProcessAlive: false, listensForWake: false, ...wakeup })
  return { onWakeup, set }
}

describe('createWakeupTimer', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }))
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('wakes up once, at the scheduled time', () => {
    const { onWakeup, set } = create()
    set({ at: 500 })
    vi.advanceTimersByTime(499)
    expect(onWakeup).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(onWakeup).toHaveBeenCalledExactlyOnceWith()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not wake up before the time if that has a fraction of a millisecond', () => {
    const { onWakeup, set } = create()
    set({ at: 500.25 })
    vi.advanceTimersByTime(500)
    expect(onWakeup).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(onWakeup).toHaveBeenCalledOnce()
  })

  it('waits for a month without overflow', () => {
    const { onWakeup, set } = create()
    const month = 31 * 24 * HOUR
    set({ at: month })
    vi.advanceTimersByTime(month - 1)
    expect(onWakeup).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(onWakeup).toHaveBeenCalledOnce()
  })

  it('notices within a minute that the clock was set forward', () => {
    const { onWakeup, set } = create()
    set({ at: 10 * HOUR })
    vi.setSystemTime(11 * HOUR)
    vi.advanceTimersByTime(MINUTE)
    expect(onWakeup).toHaveBeenCalledExactlyOnceWith('late-timer')
  })

  it.each([
    [4999, []],
    [5000, [['late-timer']]],
  ])('wakes up before the time if its timer is late by %i ms', (lateMs, calls) => {
    const { onWakeup, set } = create()
    set({ at: 10 * HOUR })
    vi.setSystemTime(lateMs)
    vi.advanceTimersByTime(MINUTE)
    expect(onWakeup.mock.calls).toEqual(calls)
  })

  it('replaces the previous wakeup', () => {
    const { onWakeup, set } = create()
    set({ at: 100 })
    set({ at: 200 })
    vi.advanceTimersByTime(199)
    expect(onWakeup).not.toHaveBeenCalled()
    set({ at: undefined })
    vi.advanceTimersByTime(1000)
    expect(onWakeup).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('wakes up in the next task for a time in the past', () => {
    const { onWakeup, set } = create()
    set({ at: -5000, keepsProcessAlive: true })
    expect(onWakeup).not.toHaveBeenCalled()
    vi.advanceTimersByTime(0)
    expect(onWakeup).toHaveBeenCalledOnce()
  })

  it('wakes up at each page event while it listens for them', () => {
    const { onWakeup, set } = create()
    firePageEvents()
    expect(onWakeup).not.toHaveBeenCalled()
    set({ listensForWake: true })
    set({ listensForWake: true })
    firePageEvents()
    expect(onWakeup.mock.calls).toEqual(PAGE_EVENTS.map((type) => [type]))
    set({})
    set({})
    firePageEvents()
    expect(onWakeup).toHaveBeenCalledTimes(4)
  })

  it('works without a window', () => {
    vi.stubGlobal('addEventListener', undefined)
    const { set } = create()
    expect(() => set({ listensForWake: true })).not.toThrow()
    expect(() => set({})).not.toThrow()
  })
})

it.each<[WakeupSignal | undefined, boolean]>([
  ['online', true],
  ['networkchange', true],
  ['resume', true],
  ['late-timer', true],
  ['pageshow', false],
  ['visibilitychange', false],
  [undefined, false],
])('after the signal %s another network may be in use: %s', (signal, expected) => {
  expect(isNetworkSignal(signal)).toBe(expected)
})
