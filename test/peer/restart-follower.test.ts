import { describe, expect, it, vi } from 'vitest'
import type { ConnectionSnapshot } from '../../src/peer/connection-snapshot.js'
import { RestartFollower } from '../../src/peer/restart-follower.js'

const snapshotOf = (remoteUfrag: string): ConnectionSnapshot => ({
  iceState: 'connected',
  isStable: true,
  localUfrag: 'u2',
  negotiatedUfrag: 'u2',
  remoteUfrag,
  path: 'relayed',
  isSwitchingPair: true,
})

/** Creates a follower whose connection has failed to restart, because its remote peer kept the username fragment `r1`. */
function createAfterFailure() {
  const onReport = vi.fn()
  const follower = new RestartFollower(onReport)
  const start = (remoteUfrag: string) =>
    follower.start({ cause: 'lost', deadline: 5000, remoteUfrag, isRetry: false, monotonicNow: 0 })
  start('r1')
  follower.handleUnchangedAnswer('r1', 1000)
  return { follower, start, onReport, condition: () => follower.limit('relayed') }
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
    start('r1')
    follower.handleNegotiation(snapshotOf('r2'))
    const context = { monotonicNow: 30_000, poolSize: 0, canRollBack: true }
    follower.follow('checking', { ...snapshotOf('r2'), iceState: 'failed' }, context)
    expect(onReport).toHaveBeenLastCalledWith(expect.objectContaining({ status: 'failed' }), true)
  })

  it('restarts nothing after three answers without a restart', () => {
    const { follower, start, condition } = createAfterFailure()
    for (let i = 0; i < 2; i++) {
      expect(condition()).toBe('lost')
      start('r1')
      follower.handleUnchangedAnswer('r1', 1000)
    }
    expect(condition()).toBe('never')
  })

  it('reports nothing for an answer while no restart is in progress', () => {
    const { follower, onReport } = createAfterFailure()
    onReport.mockClear()
    follower.handleUnchangedAnswer('r1', 1000)
    expect(onReport).not.toHaveBeenCalled()
  })
})
