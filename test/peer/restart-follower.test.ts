import { describe, expect, it, vi } from 'vitest'
import { RestartFollower } from '../../src/peer/restart-follower.js'
import { snapshotOf, startRestart } from '../support/restart-fixtures.js'

/** Creates a follower whose connection has failed to restart, because its remote peer kept the username fragment `r1`. */
function createAfterFailure() {
  const onReport = vi.fn()
  const follower = new RestartFollower(onReport)
  const start = () => startRestart(follower)
  start()
  follower.fail('remote-peer', 'r1', 1000)
  return {
    follower,
    start,
    onReport,
    condition: (monotonicNow = 3000) => follower.limit('relayed', monotonicNow),
  }
}

describe('RestartFollower after an answer without a restart', () => {
  it('limits restarts to lost connections until the remote peer has restarted ICE', () => {
    const { follower, condition } = createAfterFailure()
    expect(condition()).toBe('lost')
    follower.handleNegotiation(snapshotOf('r1'))
    expect(condition()).toBe('lost')
    follower.handleNegotiation(snapshotOf('r2'))
    expect(condition()).toBe('relayed')
  })

  it('ignores an offer of the remote peer that can still be rolled back', () => {
    const { follower, condition } = createAfterFailure()
    follower.handleNegotiation({ ...snapshotOf('r2'), isStable: false })
    expect(condition()).toBe('lost')
  })

  it('ignores a remote peer without a username fragment', () => {
    const { follower, condition } = createAfterFailure()
    follower.handleNegotiation({ ...snapshotOf('r2'), remoteUfrag: undefined })
    expect(condition()).toBe('lost')
  })

  it('reports a restart that is in progress during the negotiation as a repeated failure', () => {
    const { follower, start, onReport } = createAfterFailure()
    start()
    follower.handleNegotiation(snapshotOf('r2'))
    const context = { now: 0, monotonicNow: 30_000, poolSize: 0 }
    follower.follow('checking', { ...snapshotOf('r2'), iceState: 'failed' }, context)
    expect(onReport).toHaveBeenLastCalledWith(
      expect.objectContaining({ status: 'failed' }),
      true,
      'connection-failed',
    )
  })

  it("restarts nothing with the policy 'never', also if the connection is lost", () => {
    expect(createAfterFailure().follower.limit('never', 3000)).toBe('never')
  })

  it('restarts again after a restart of the remote peer that only a check shows', () => {
    const { follower, condition } = createAfterFailure()
    const context = { now: 0, monotonicNow: 3000, poolSize: 0 }
    expect(follower.follow('checking', snapshotOf('r2'), context)).toEqual({})
    expect(condition()).toBe('relayed')
  })

  it('restarts nothing after three answers without a restart', () => {
    const { follower, start, condition } = createAfterFailure()
    for (let i = 0; i < 2; i++) {
      expect(condition(60_000)).toBe('lost')
      start()
      follower.fail('remote-peer', 'r1', 1000)
    }
    expect(condition(10 * 60_000)).toBe('never')
  })

  it('reports nothing for an answer while no restart is in progress', () => {
    const { follower, onReport } = createAfterFailure()
    onReport.mockClear()
    follower.fail('remote-peer', 'r1', 1000)
    expect(onReport).not.toHaveBeenCalled()
  })

  it('does not limit restarts because of an answer while no restart is in progress', () => {
    const follower = new RestartFollower(() => {})
    follower.fail('remote-peer', 'r1', 1000)
    expect(follower.limit('relayed', 1000)).toBe('relayed')
  })
})

describe('RestartFollower after a restart that failed', () => {
  const fail = (follower: RestartFollower, failedAt: number, state: 'offered' | 'checking') => {
    const requestedAt = failedAt - 20_000
    startRestart(follower, requestedAt)
    const snapshot = state === 'checking' ? { ...snapshotOf('r2'), iceState: 'failed' } : snapshotOf('r1')
    if (state === 'offered')
      follower.follow(state, snapshot, { now: 0, monotonicNow: requestedAt, poolSize: 0 })
    return follower.follow(state, snapshot, { now: 0, monotonicNow: failedAt, poolSize: 0 })
  }
  const connectionOf = (follower: RestartFollower, ms: number) => [
    follower.limit('relayed', ms - 1),
    follower.limit('relayed', ms),
  ]

  it('waits 2, 4 and 8 s before it restarts a lost connection again', () => {
    const follower = new RestartFollower(() => {})
    for (const [index, delayMs] of [2000, 4000, 8000].entries()) {
      const failedAt = 100_000 * (index + 1)
      fail(follower, failedAt, 'checking')
      expect(connectionOf(follower, failedAt + delayMs)).toEqual(['never', 'lost'])
    }
  })

  it('waits a minute at most before it restarts a lost connection again', () => {
    const follower = new RestartFollower(() => {})
    for (let count = 1; count <= 10; count++) fail(follower, 100_000 * count, 'checking')
    expect(connectionOf(follower, 1_060_000)).toEqual(['never', 'lost'])
  })

  it('plans a check at the time of the repetition', () => {
    const follower = new RestartFollower(() => {})
    const result = fail(follower, 100_000, 'checking')
    expect(result).toEqual({ ended: 'connection-failed', checkAfterMs: 2000 })
    const context = { now: 0, monotonicNow: 100_500, poolSize: 0 }
    expect(follower.follow('outdated', snapshotOf('r2'), context)).toEqual({ checkAfterMs: 1500 })
    expect(follower.follow('outdated', snapshotOf('r2'), { ...context, monotonicNow: 102_000 })).toEqual({})
  })

  it('repeats an offer without an answer after a minute, three offers in all', () => {
    const follower = new RestartFollower(() => {})
    for (const failedAt of [100_000, 200_000]) {
      expect(fail(follower, failedAt, 'offered')).toMatchObject({ ended: 'no-answer' })
      expect(connectionOf(follower, failedAt + 60_000)).toEqual(['lost', 'relayed'])
    }
    fail(follower, 300_000, 'offered')
    expect(follower.limit('relayed', 10_000_000)).toBe('lost')
  })

  it('forgets a restart that is cancelled', () => {
    const onReport = vi.fn()
    const follower = new RestartFollower(onReport)
    startRestart(follower)
    follower.cancel()
    expect(follower.isFollowing).toBe(false)
    expect(follower.limit('relayed', 0)).toBe('relayed')
    expect(onReport).toHaveBeenCalledOnce()
  })
})

describe('RestartFollower after an offer without a relay address', () => {
  const failWithoutRelay = () => {
    const follower = new RestartFollower(() => {})
    startRestart(follower)
    follower.fail('no-relay', 'r1', 1000)
    return follower
  }

  it('restarts lost connections only', () => {
    expect(failWithoutRelay().limit('relayed', 10 * 60_000)).toBe('lost')
  })

  it('restarts for rotations again with new servers', () => {
    const follower = failWithoutRelay()
    follower.handleNewServers()
    expect(follower.limit('relayed', 1001)).toBe('relayed')
  })

  it('restarts lost connections only with new servers after a quota, which applies to the user', () => {
    const follower = failWithoutRelay()
    follower.handleQuota('turn:t.org')
    follower.handleNewServers()
    expect(follower.limit('relayed', 10 * 60_000)).toBe('lost')
  })

  it('restarts no more after eight times that the quota is reached, until there are other servers', () => {
    const follower = failWithoutRelay()
    for (let errors = 1; errors < 8; errors++) follower.handleQuota('turn:t.org')
    expect(follower.limit('lost', 10 * 60_000)).toBe('lost')
    follower.handleQuota('turn:t.org')
    expect(follower.limit('lost', 10 * 60_000)).toBe('never')
    follower.handleNewServers()
    expect(follower.limit('lost', 10 * 60_000)).toBe('lost')
  })

  it('knows the first URL whose quota is reached, until a restart has completed', () => {
    const follower = failWithoutRelay()
    expect(follower.quotaUrl).toBeUndefined()
    follower.handleQuota('turn:t.org')
    follower.handleQuota('turn:other.org')
    expect(follower.quotaUrl).toBe('turn:t.org')
    startRestart(follower)
    follower.fail('no-relay', 'r1', 1000)
    expect(follower.quotaUrl).toBe('turn:t.org')
    startRestart(follower, 10 * 60_000)
    const completed = { ...snapshotOf('r2'), isSwitchingPair: false }
    follower.follow('checking', completed, { now: 0, monotonicNow: 10 * 60_000 + 1, poolSize: 0 })
    expect(follower.quotaUrl).toBeUndefined()
  })
})
