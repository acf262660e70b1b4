import { describe, expect, it } from 'vitest'
import { createClock } from '../src/clock.js'

const SECOND = 1000
const HOUR = 3600 * SECOND

function create() {
  const time = { wall: 1e12, monotonic: 5000 }
  const clock = createClock(
    () => time.wall,
    () => time.monotonic,
  )
  const pass = (ms: number) => {
    time.wall += ms
    time.monotonic += ms
  }
  return { time, clock, pass }
}

describe('a clock', () => {
  it('goes with the wall clock while nothing happens to that', () => {
    const { clock, pass } = create()
    expect(clock.now()).toBe(1e12)
    pass(HOUR)
    expect([clock.now(), clock.setBackMs]).toEqual([1e12 + HOUR, 0])
  })

  it('follows the wall clock ahead: the machine may have slept', () => {
    const { clock, time } = create()
    time.wall += HOUR
    expect([clock.now(), clock.setBackMs]).toEqual([1e12 + HOUR, 0])
  })

  it.each([1, 2, 25])('never goes back when the wall clock is put back by %i h, and goes on', (hours) => {
    const { clock, time, pass } = create()
    pass(HOUR)
    time.wall -= hours * HOUR
    expect([clock.now(), clock.setBackMs]).toEqual([1e12 + HOUR, hours * HOUR])
    pass(SECOND)
    expect(clock.now()).toBe(1e12 + HOUR + SECOND)
  })

  it('knows a put-back clock after a sleep, during which the other one stood still', () => {
    const { clock, time } = create()
    time.wall += 8 * HOUR
    clock.now()
    time.wall -= HOUR
    expect(clock.now()).toBe(1e12 + 8 * HOUR)
  })

  it('takes no notice of small corrections', () => {
    const { clock, time } = create()
    time.wall -= SECOND
    expect([clock.now(), clock.setBackMs]).toEqual([1e12 - SECOND, 0])
  })

  it('goes by the wall clock again when what was reckoned before is forgotten', () => {
    const { clock, time } = create()
    time.wall -= 2 * HOUR
    const { setBackMs } = clock
    time.wall -= HOUR // after the new reckoning began
    clock.now()
    clock.forget(setBackMs)
    expect([clock.now() - time.wall, clock.setBackMs]).toEqual([HOUR, HOUR])
  })
})
