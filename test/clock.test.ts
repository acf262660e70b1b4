import { describe, expect, it } from 'vitest'
import { createClock } from '../src/clock.js'
import { HOUR, SECOND } from './support/time.js'

function create() {
  const time = { system: 1e12, monotonic: 5000 }
  const clock = createClock(
    () => time.system,
    () => time.monotonic,
  )
  const pass = (ms: number) => {
    time.system += ms
    time.monotonic += ms
  }
  return { time, clock, pass }
}

describe('createClock', () => {
  it('follows the system clock', () => {
    const { clock, pass } = create()
    expect(clock.now()).toBe(1e12)
    pass(HOUR)
    expect([clock.now(), clock.setBackMs()]).toEqual([1e12 + HOUR, 0])
    expect(clock.monotonicNow()).toBe(5000 + HOUR)
  })

  it('follows the system clock ahead, because the machine may have slept', () => {
    const { clock, time } = create()
    time.system += HOUR
    expect([clock.now(), clock.setBackMs()]).toEqual([1e12 + HOUR, 0])
  })

  it.each([1, 2, 25])('goes on when the system clock is set back by %i h', (hours) => {
    const { clock, time, pass } = create()
    pass(HOUR)
    time.system -= hours * HOUR
    expect([clock.now(), clock.setBackMs()]).toEqual([1e12 + HOUR, hours * HOUR])
    pass(SECOND)
    clock.sync()
    pass(SECOND)
    expect(clock.now()).toBe(1e12 + HOUR + 2 * SECOND)
  })

  it('notices that the system clock is set back after a sleep, in which the monotonic clock stood still', () => {
    const { clock, time } = create()
    time.system += 8 * HOUR
    clock.sync()
    time.system -= HOUR
    expect(clock.now()).toBe(1e12 + 8 * HOUR)
  })

  it('does not count small corrections, even if there are many', () => {
    const { clock, time, pass } = create()
    for (let i = 0; i < 10; i++) {
      time.system -= SECOND
      clock.sync()
      pass(SECOND)
    }
    expect([clock.now(), clock.setBackMs()]).toEqual([1e12, 0])
  })

  it('changes nothing when it is read', () => {
    const { clock, time } = create()
    time.system -= HOUR
    expect([clock.setBackMs(), clock.setBackMs(), clock.now()]).toEqual([HOUR, HOUR, 1e12])
    time.system += HOUR
    expect([clock.setBackMs(), clock.now()]).toEqual([0, 1e12])
  })

  it('accepts the system clock as it was when a timestamp was read', () => {
    const { clock, time } = create()
    time.system -= 2 * HOUR
    const setBackMs = clock.setBackMs()
    clock.sync()
    time.system -= HOUR // after the timestamp was read
    clock.acceptSystemClock(setBackMs)
    expect([clock.now() - time.system, clock.setBackMs()]).toEqual([HOUR, HOUR])
  })
})
