import { beforeAll, describe, expect, it } from 'vitest'
import { libraryPolicy, pollPolicy } from '../../bench/fleet/policies.js'
import { runCommonStart, runOutage } from '../../bench/fleet/scenarios.js'
import * as refreshState from '../../src/refresh/refresh-state.js'
import { HOUR } from '../support/time.js'

const CLIENTS = 30_000

describe('a fleet of clients with one-hour credentials', () => {
  const policy = libraryPolicy(refreshState)

  it('has no peaks after all clients started within a minute', () => {
    const start = runCommonStart(policy, CLIENTS, HOUR)
    expect(start.peakToMean).toBeLessThan(1.5)
    expect(start.expiredRatio).toBe(0)
    expect(runCommonStart(pollPolicy, CLIENTS, HOUR).peakToMean).toBeGreaterThan(10)
  })

  describe('after half an hour without a backend', () => {
    let outage: ReturnType<typeof runOutage>
    beforeAll(() => {
      outage = runOutage(policy, CLIENTS, HOUR)
    })

    it('returns over about the duration of the outage, not in a wave', () => {
      expect(outage.peakAfter).toBeLessThan(4.5)
      expect(outage.recoveredAfterMinutes).toBeLessThan(31)
    })

    it('loses credentials only by failed requests', () => {
      expect(outage.expiredRatio).toBeGreaterThan(0)
      expect(outage.expiredWithoutFailure).toBe(0)
    })
  })
})
