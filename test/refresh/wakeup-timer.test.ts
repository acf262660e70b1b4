// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createAlarm } from '../../src/refresh/wakeup-timer.js'

const SIGNALS = ['visibilitychange', 'resume', 'pageshow', 'online']
const wake = () => {
  document.dispatchEvent(new Event('visibilitychange'))
  document.dispatchEvent(new Event('resume'))
  window.dispatchEvent(new Event('pageshow'))
  window.dispatchEvent(new Event('online'))
}

describe('createAlarm', () => {
  afterEach(() => void vi.useRealTimers())

  it('goes off at its time', () => {
    vi.useFakeTimers({ now: 0 })
    const onAlarm = vi.fn()
    createAlarm(() => Date.now(), onAlarm)(500, false, false)
    vi.advanceTimersByTime(500)
    expect(onAlarm).toHaveBeenCalledExactlyOnceWith()
  })

  it('goes off when the page wakes, if it is to heed that', () => {
    const onAlarm = vi.fn()
    const set = createAlarm(() => 0, onAlarm)
    wake()
    expect(onAlarm).not.toHaveBeenCalled()
    set(Infinity, false, true)
    set(Infinity, false, true)
    wake()
    expect(onAlarm.mock.calls).toEqual(SIGNALS.map((type) => [type]))
    set(Infinity, false, false)
    set(Infinity, false, false)
    wake()
    expect(onAlarm).toHaveBeenCalledTimes(4)
  })

  it('works where there is no window', () => {
    vi.stubGlobal('addEventListener', undefined)
    const set = createAlarm(() => 0, vi.fn())
    expect(() => set(Infinity, false, true)).not.toThrow()
    expect(() => set(Infinity, false, false)).not.toThrow()
    vi.unstubAllGlobals()
  })
})
