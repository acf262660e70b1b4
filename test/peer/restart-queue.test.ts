import { describe, expect, it } from 'vitest'
import { RestartQueue, restartGapMs } from '../../src/peer/restart-queue.js'

describe('restartGapMs', () => {
  it.each([
    ['half of the remaining time, divided by the connections', 4000, 10, 200],
    ['at most 500 ms', 60_000, 2, 500],
    ['at least 50 ms', 1000, 100, 50],
    ['at least 50 ms after the deadline', -5000, 3, 50],
    ['the gap of a single connection if none is attached yet', 400, 0, 200],
    ['at least 50 ms if none is attached and no time remains', 0, 0, 50],
  ])('returns %s', (_, remainingMs, count, gapMs) => {
    expect(restartGapMs(remainingMs, count)).toBe(gapMs)
  })
})

describe('RestartQueue', () => {
  it('hands out slots with a gap between them, and none in the past', () => {
    const queue = new RestartQueue()
    queue.setGap(200)
    expect([queue.reserve(-1000), queue.reserve(-1000), queue.reserve(-700)]).toEqual([-1000, -800, -600])
    expect(queue.reserve(0)).toBe(0)
  })

  it('keeps reserved slots when the gap changes', () => {
    const queue = new RestartQueue()
    expect([queue.reserve(0), queue.reserve(0)]).toEqual([0, 50])
    queue.setGap(500)
    expect([queue.reserve(0), queue.reserve(0)]).toEqual([100, 600])
  })
})
