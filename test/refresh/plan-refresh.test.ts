import { describe, expect, it } from 'vitest'
import { planRefresh, type RefreshDemand } from '../../src/refresh/plan-refresh.js'
import type { RefreshRecord, RefreshState } from '../../src/refresh/refresh-state.js'

const NOBODY: RefreshDemand = { isWanted: false, urgency: undefined, isObserved: false }
const WANTED: RefreshDemand = { ...NOBODY, isWanted: true }
const OBSERVED: RefreshDemand = { ...NOBODY, isObserved: true }

const recordIn = (state: RefreshState = { name: 'resting' }): RefreshRecord => ({
  state,
  lifetime: { fetchedAt: 0, expiresAt: 100 },
  refreshAt: 70,
  earliestRequestAt: 10,
  rejection: undefined,
})

describe('planRefresh', () => {
  it.each([
    ['nothing while nobody uses the configuration', NOBODY, 80, false, undefined],
    ['a wakeup at the refresh', WANTED, 50, false, 70],
    ['a request at the refresh', WANTED, 70, true, undefined],
    ['a request and the expiry at the refresh, if observed', { ...WANTED, isObserved: true }, 70, true, 100],
    ['a request at once if forced', { ...WANTED, urgency: 'forced' }, 10, true, undefined],
    ['a wakeup at the earliest request if forced earlier', { ...WANTED, urgency: 'forced' }, 5, false, 10],
    ['a wakeup when the configuration becomes stale, if observed', OBSERVED, 50, false, 70],
    ['a wakeup when the configuration expires, if observed', OBSERVED, 70, false, 100],
    ['nothing after the expiry', OBSERVED, 100, false, undefined],
  ] as [string, RefreshDemand, number, boolean, number | undefined][])(
    'plans %s',
    (_, demand, now, requestNow, wakeAt) => {
      expect(planRefresh(recordIn(), demand, now)).toEqual({ requestNow, wakeAt })
    },
  )

  it('plans no second request while one is in flight', () => {
    const inFlight = recordIn({ name: 'in-flight', outageMs: undefined, wasDenied: false })
    const forced: RefreshDemand = { isWanted: true, urgency: 'forced', isObserved: true }
    expect(planRefresh(inFlight, forced, 80)).toEqual({ requestNow: false, wakeAt: 100 })
  })

  it('wakes for a change of phase before a retry that is further away', () => {
    const backingOff = recordIn({ name: 'backing-off', retryAt: 200, outage: undefined })
    const demand = { ...WANTED, isObserved: true }
    expect(planRefresh(backingOff, demand, 80)).toEqual({ requestNow: false, wakeAt: 100 })
  })
})
