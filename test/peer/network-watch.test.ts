import { beforeEach, describe, expect, it } from 'vitest'
import { NetworkWatch } from '../../src/peer/network-watch.js'
import { MINUTE, SECOND } from '../support/time.js'

const CHANGED_AT = 10 * MINUTE
const MS = 1
let watch: NetworkWatch
beforeEach(() => {
  watch = new NetworkWatch()
})

/** What the watch says after checks at these times since the change. */
const isCutOffAfter = (
  ...checks: readonly (readonly [sinceMs: number, iceState: string, silentMs: number | undefined])[]
) => {
  watch.start(CHANGED_AT)
  for (const [sinceMs, iceState, silentMs] of checks)
    watch.observe({ iceState, silentMs }, CHANGED_AT + sinceMs)
  return watch.isCutOff
}

describe('NetworkWatch', () => {
  it.each([
    ['disconnected', [[1000, 'disconnected', undefined]], true],
    ['failed', [[1000, 'failed', 8000]], true],
    ['disconnected, but within the debounce time', [[999, 'disconnected', 8000]], false],
    ['disconnected, but receives again', [[1000, 'disconnected', 999]], false],
    ['disconnected and received a second ago', [[1000, 'disconnected', 1000]], true],
    [
      'connected and received at the change, then nothing for 3 s',
      [
        [0, 'connected', 20],
        [3000, 'connected', 3000],
      ],
      true,
    ],
    [
      'connected and received just before the first check',
      [
        [1000, 'connected', 1999],
        [3000, 'connected', 3999],
      ],
      true,
    ],
    [
      'connected and silent for less',
      [
        [0, 'connected', 20],
        [2999, 'connected', 2999],
      ],
      false,
    ],
    [
      'connected and received until 3 s before',
      [
        [0, 'connected', 20],
        [4000, 'connected', 20],
        [7000, 'connected', 3020],
      ],
      true,
    ],
    [
      'connected and idle since before the change',
      [
        [0, 'connected', 1000],
        [3000, 'connected', 4000],
      ],
      false,
    ],
    [
      'connected, without such stats',
      [
        [0, 'connected', undefined],
        [9000, 'connected', undefined],
      ],
      false,
    ],
  ] as const)('decides for a connection that is %s', (_, checks, isCutOff) => {
    expect(isCutOffAfter(...checks)).toBe(isCutOff)
  })

  it('decides nothing without a change of the network', () => {
    watch.observe({ iceState: 'failed', silentMs: MINUTE }, CHANGED_AT)
    expect(watch).toMatchObject({ isCutOff: false, isWatching: false })
  })

  it('ends after 20 s in which the connection worked', () => {
    isCutOffAfter([20 * SECOND - MS, 'connected', 20])
    expect(watch.isWatching).toBe(true)
    watch.observe({ iceState: 'connected', silentMs: 20 }, CHANGED_AT + 20 * SECOND)
    expect(watch.isWatching).toBe(false)
  })

  it('goes on after 20 s while the connection is cut off', () => {
    expect(isCutOffAfter([20 * SECOND, 'disconnected', undefined])).toBe(true)
    expect(watch.isWatching).toBe(true)
  })

  it('notices that the connection receives again before it was restarted', () => {
    expect(isCutOffAfter([1000, 'disconnected', 5000], [2000, 'disconnected', 20])).toBe(false)
  })

  it('starts anew with a further change', () => {
    isCutOffAfter([1000, 'disconnected', undefined])
    watch.start(CHANGED_AT + 1000)
    watch.observe({ iceState: 'disconnected', silentMs: undefined }, CHANGED_AT + 1999)
    expect(watch.isCutOff).toBe(false)
  })

  it('still knows at a further change that the connection received at the one before', () => {
    isCutOffAfter([0, 'connected', 20])
    watch.start(CHANGED_AT + 2000)
    watch.observe({ iceState: 'connected', silentMs: 3000 }, CHANGED_AT + 3000)
    expect(watch.isCutOff).toBe(true)
  })

  it('does not take what it received after an earlier change for receiving at this one', () => {
    isCutOffAfter([0, 'connected', 20], [20 * SECOND, 'connected', 20])
    watch.start(CHANGED_AT + MINUTE)
    watch.observe({ iceState: 'connected', silentMs: 6000 }, CHANGED_AT + MINUTE + 3000)
    expect(watch.isCutOff).toBe(false)
  })

  it('ends with a restart, and allows three for the network in a minute', () => {
    const changeAndRestart = (at: number) => {
      watch.start(at)
      watch.observe({ iceState: 'disconnected', silentMs: undefined }, at + 1000)
      const { isCutOff } = watch
      watch.handleRestart(at + 1000)
      return isCutOff && !watch.isWatching && !watch.isCutOff
    }
    expect([0, 1, 2, 3].map((n) => changeAndRestart(CHANGED_AT + n * 5000))).toEqual([
      true,
      true,
      true,
      false,
    ])
    expect(changeAndRestart(CHANGED_AT + 1000 + MINUTE - MS)).toBe(false)
    expect(changeAndRestart(CHANGED_AT + 1000 + MINUTE)).toBe(true)
  })

  it('does not count restarts for other reasons', () => {
    for (let n = 0; n < 3; n++) {
      watch.start(CHANGED_AT)
      watch.handleRestart(CHANGED_AT)
    }
    watch.start(CHANGED_AT)
    expect(watch.isWatching).toBe(true)
  })
})
