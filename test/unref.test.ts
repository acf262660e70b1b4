import { expect, it, vi } from 'vitest'
import { unref } from '../src/unref.js'

it('calls unref() of a timer of Node', () => {
  const timer = { unref: vi.fn() }
  unref(timer)
  expect(timer.unref).toHaveBeenCalledOnce()
})

it.each([
  ['the number of a browser', 5],
  ['an object without unref()', {}],
  ['an unref that is not a function', { unref: true }],
  ['null', null],
  ['undefined', undefined],
])('leaves %s as it is', (_, handle) => {
  expect(() => unref(handle)).not.toThrow()
})
