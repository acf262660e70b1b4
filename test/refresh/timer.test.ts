import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTimer } from '../../src/refresh/timer.js'

describe('createTimer', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }))
  afterEach(() => void vi.useRealTimers())

  const create = () => {
    const onDue = vi.fn()
    return { onDue, set: createTimer(() => Date.now(), onDue) }
  }

  it('goes off once, when its time has come', () => {
    const { onDue, set } = create()
    set(500, false)
    vi.advanceTimersByTime(499)
    expect(onDue).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(onDue).toHaveBeenCalledOnce()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('waits for whole milliseconds: a fraction would be cut off, and the moment not be there yet', () => {
    const { onDue, set } = create()
    const spy = vi.spyOn(globalThis, 'setTimeout')
    set(500.25, false)
    vi.advanceTimersByTime(500)
    expect(onDue).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(onDue).toHaveBeenCalledOnce()
    expect(spy.mock.calls.map(([, ms]) => ms)).toEqual([501])
    spy.mockRestore()
  })

  it('takes a month in steps of a minute, so that no timer overflows', () => {
    const { onDue, set } = create()
    const spy = vi.spyOn(globalThis, 'setTimeout')
    const month = 31 * 86_400_000
    set(month, false)
    vi.advanceTimersByTime(month - 1)
    expect(onDue).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(onDue).toHaveBeenCalledOnce()
    expect(Math.max(...spy.mock.calls.map(([, ms]) => ms ?? 0))).toBe(60_000)
  })

  it('notices within a minute that the clock was put forward', () => {
    const { onDue, set } = create()
    set(10 * 3_600_000, false)
    vi.setSystemTime(11 * 3_600_000)
    vi.advanceTimersByTime(60_000)
    expect(onDue).toHaveBeenCalledOnce()
  })

  it('replaces what it was set to', () => {
    const { onDue, set } = create()
    set(100, false)
    set(200, false)
    vi.advanceTimersByTime(199)
    expect(onDue).not.toHaveBeenCalled()
    set(Infinity, false)
    vi.advanceTimersByTime(1000)
    expect(onDue).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('goes off in the next turn for a moment in the past', () => {
    const { onDue, set } = create()
    set(-Infinity, true)
    expect(onDue).not.toHaveBeenCalled()
    vi.advanceTimersByTime(0)
    expect(onDue).toHaveBeenCalledOnce()
  })
})
