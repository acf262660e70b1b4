import { expect, it } from 'vitest'
import { MessageCounter } from '../../demo/calls/message-counter.js'

it('counts a message only after a second, as missing, or when it arrives, so that the numbers add up', () => {
  const counter = new MessageCounter(0)
  for (const at of [0, 100, 900]) counter.countSent(at)
  counter.countReceived(50)
  expect(counter.read(1000)).toEqual({ sent: 1, received: 1, missing: 0 })
  expect(counter.read(1200)).toEqual({ sent: 2, received: 1, missing: 1 })
  expect(counter.read(2000)).toEqual({ sent: 3, received: 1, missing: 2 })
  counter.countReceived(2100)
  counter.countReceived(2100)
  expect(counter.read(9000)).toEqual({ sent: 3, received: 3, missing: 0 })
})

it('measures the silence since the last message, or since the start', () => {
  const counter = new MessageCounter(1000)
  expect(counter.silentMs(1500)).toBe(500)
  counter.countSent(1500)
  counter.countReceived(1600)
  expect(counter.silentMs(1700)).toBe(100)
})
