import { beforeAll, describe, expect, it } from 'vitest'
import { libraryPolicy, pollPolicy } from '../../bench/fleet/policies.js'
import { runCommonStart, runOutage } from '../../bench/fleet/scenarios.js'
import { Schedule } from '../../src/refresh/refresh-state.js'
import { HOUR } from '../support/time.js'

const CLIENTS = 30_000

describe('a fleet of clients, with credentials of an hour', () => {
  const policy = libraryPolicy({ Schedule })

  it('has no peaks after all started within a minute', () => {
    const start = runCommonStart(policy, CLIENTS, HOUR)
    expect(start.peakToMean).toBeLessThan(1.5)
    expect(start.withoutShare).toBe(0)
    expect(runCommonStart(pollPolicy, CLIENTS, HOUR).peakToMean).toBeGreaterThan(10)
  })

  describe('after half an hour without a backend', () => {
    let outage: ReturnType<typeof runOutage>
    beforeAll(() => {
      outage = runOutage(policy, CLIENTS, HOUR)
    })

    it('comes back over about the time that the outage took, not in a wave', () => {
      expect(outage.peakAfter).toBeLessThan(4.5)
      expect(outage.healedAfterMinutes).toBeLessThan(31)
    })

    it('has lost no credentials but by failed requests', () => {
      expect(outage.withoutShare).toBeGreaterThan(0)
      expect(outage.withoutByItself).toBe(0)
    })
  })
})
