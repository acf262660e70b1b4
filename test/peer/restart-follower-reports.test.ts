import { describe, expect, it, vi } from 'vitest'
import { RestartFollower } from '../../src/peer/restart-follower.js'
import { snapshotOf, startRestart } from '../support/restart-fixtures.js'

describe('RestartFollower and its reports', () => {
  it('reports the duration of a restart, and whether the one before has failed', () => {
    const onReport = vi.fn()
    const follower = new RestartFollower(onReport)
    for (const requestedAt of [10_000, 20_000]) {
      startRestart(follower, requestedAt)
      follower.fail('remote-peer', 'r1', requestedAt + 2000)
    }
    expect(
      onReport.mock.calls.map(([{ status, durationMs }, isRepeated]) => [status, durationMs, isRepeated]),
    ).toEqual([
      ['requested', undefined, false],
      ['failed', 2000, false],
      ['requested', undefined, true],
      ['failed', 2000, true],
    ])
  })
})

describe('RestartFollower before the deadline', () => {
  const followUntil = (deadline: number, now: number) => {
    const onReport = vi.fn()
    const follower = new RestartFollower(onReport)
    startRestart(follower, 0, deadline)
    const results = [now - 2, now - 1, now, now].map((time) =>
      follower.follow('requested', snapshotOf('r1'), { now: time, monotonicNow: time, poolSize: 0 }),
    )
    return { follower, results, statuses: onReport.mock.calls.map(([{ status }]) => status) }
  }

  it('reports a restart once that is not complete three seconds before the deadline, and follows it further', () => {
    const { follower, statuses } = followUntil(10_000, 7000)
    expect(statuses).toEqual(['requested', 'failed'])
    expect(follower.isFollowing).toBe(true)
    expect(followUntil(10_000, 6999).statuses).toEqual(['requested'])
  })

  it('reports no restart that has too little time from the start', () => {
    expect(followUntil(8000, 5000).statuses).toEqual(['requested', 'failed'])
    expect(followUntil(7999, 5000).statuses).toEqual(['requested'])
  })

  it('plans a check at the time of the report', () => {
    expect(followUntil(10_000, 7000).results.slice(0, 2)).toEqual([{ checkAfterMs: 2 }, { checkAfterMs: 1 }])
  })
})
