import { describe, expect, it } from 'vitest'
import type { ConnectionSnapshot } from '../../src/peer/connection-snapshot.js'
import { followRestart, type RestartProgress, startProgress } from '../../src/peer/restart-progress.js'
import type { RestartState } from '../../src/peer/restart-record.js'

const START = 1000
const requested = startProgress(START, 'r1', [])
const offered: RestartProgress = { ...requested, step: 'offered' }
const checking: RestartProgress = { ...requested, step: 'checking' }
const moved: ConnectionSnapshot = {
  iceState: 'connected',
  isStable: true,
  localUfrag: 'u2',
  negotiatedUfrag: 'u2',
  remoteUfrag: 'r2',
  path: 'relayed',
  selectedRelays: [],
  gatheredRelays: [],
  isSwitchingPair: false,
  silentMs: undefined,
}
const notMoved = { ...moved, isSwitchingPair: true }
const withoutStats: ConnectionSnapshot = { ...moved, path: 'unknown' }

type Name = RestartState['name']
const follow = (
  progress: RestartProgress,
  state: Name,
  snapshot: ConnectionSnapshot,
  elapsedMs: number,
  poolSize = 0,
) => followRestart(progress, state, snapshot, { monotonicNow: START + elapsedMs, poolSize })

describe('followRestart', () => {
  it.each([
    ['no offer yet', requested, 'requested', notMoved, 19_999, { status: 'pending', checkAfterMs: 1 }],
    ['no offer in time', requested, 'requested', notMoved, 20_000, { status: 'failed', failure: 'no-offer' }],
    [
      'no offer in time after a restart that did not move',
      { ...requested, attempts: 2 },
      'requested',
      notMoved,
      20_000,
      { status: 'failed', failure: 'not-moved' },
    ],
    [
      'a request that waits for its retry',
      requested,
      'queued',
      notMoved,
      50_000,
      { status: 'pending', progress: requested },
    ],
    [
      'an offer',
      requested,
      'offered',
      notMoved,
      5000,
      { progress: { step: 'offered', stepAt: START + 5000 } },
    ],
    ['no answer yet', offered, 'offered', notMoved, 19_000, { status: 'pending', checkAfterMs: 1000 }],
    ['no answer in time', offered, 'offered', notMoved, 20_000, { status: 'failed', failure: 'no-answer' }],
    ['a rollback', offered, 'outdated', notMoved, 5000, { status: 'pending', progress: offered }],
    ['an answer', offered, 'checking', notMoved, 5000, { progress: { step: 'checking' }, checkAfterMs: 500 }],
    ['a pair that has moved', checking, 'checking', moved, 300, { status: 'completed' }],
    ['a pair that has moved, noticed late', checking, 'current', moved, 300, { status: 'completed' }],
    [
      'a completed ICE',
      checking,
      'checking',
      { ...moved, iceState: 'completed' },
      0,
      { status: 'completed' },
    ],
    [
      'ICE that is still checking',
      checking,
      'checking',
      { ...moved, iceState: 'checking' },
      0,
      { status: 'pending' },
    ],
    ['no stats for a moment', checking, 'current', withoutStats, 1999, { status: 'pending' }],
    ['no stats, connected for a while', checking, 'current', withoutStats, 2000, { status: 'completed' }],
    [
      'a pair that has not moved yet',
      checking,
      'checking',
      notMoved,
      14_999,
      { status: 'pending', checkAfterMs: 500 },
    ],
    [
      'a pair that never moves',
      checking,
      'checking',
      notMoved,
      15_000,
      { status: 'failed', failure: 'not-moved' },
    ],
    [
      'an answer without an ICE restart',
      checking,
      'checking',
      { ...notMoved, remoteUfrag: 'r1' },
      0,
      { failure: 'remote-peer' },
    ],
    [
      'an answer without an ICE restart to a connection that has failed',
      checking,
      'checking',
      { ...notMoved, iceState: 'failed', remoteUfrag: 'r1' },
      0,
      { failure: 'remote-peer' },
    ],
    [
      'failed ICE',
      checking,
      'checking',
      { ...notMoved, iceState: 'failed' },
      0,
      { failure: 'connection-failed' },
    ],
  ] as [string, RestartProgress, Name, ConnectionSnapshot, number, object][])(
    'returns for %s: %o',
    (_, progress, state, snapshot, elapsedMs, expected) => {
      expect(follow(progress, state, snapshot, elapsedMs)).toMatchObject(expected)
    },
  )

  it.each(['outdated', 'current', 'requested'] as const)(
    'waits for the answer to a pending offer also in the state %s',
    (state) => {
      const pendingOffer = { ...notMoved, negotiatedUfrag: 'u1', isStable: false }
      expect(follow(offered, state, pendingOffer, 19_000)).toMatchObject({
        status: 'pending',
        checkAfterMs: 1000,
      })
      expect(follow(offered, state, pendingOffer, 20_000)).toEqual({ status: 'failed', failure: 'no-answer' })
    },
  )

  it('counts the time for the offer from the request, not from the first check', () => {
    const justRequested = startProgress(START, 'r1', [])
    expect(follow(justRequested, 'requested', notMoved, 1000)).toEqual({
      status: 'pending',
      progress: justRequested,
      checkAfterMs: 19_000,
    })
  })

  it('requests a restart that does not move again, as often as the candidate pool is large', () => {
    expect(follow(checking, 'checking', notMoved, 1999, 1)).toMatchObject({ status: 'pending' })
    expect(follow(checking, 'checking', notMoved, 2000, 1)).toMatchObject({
      status: 'request-again',
      progress: { attempts: 2 },
    })
    const second = { ...checking, attempts: 2 }
    expect(follow(second, 'checking', notMoved, 2000, 1)).toMatchObject({ status: 'pending' })
    expect(follow(second, 'checking', notMoved, 15_000, 1)).toEqual({
      status: 'failed',
      failure: 'not-moved',
    })
  })

  it.each([
    [['192.0.2.1 50000'], ['192.0.2.1 50000'], { status: 'failed', failure: 'same-allocation' }],
    [
      ['192.0.2.1 50000'],
      ['192.0.2.1 50001', '192.0.2.1 50000'],
      { status: 'failed', failure: 'same-allocation' },
    ],
    [['192.0.2.1 50000'], ['192.0.2.1 50001'], { status: 'completed' }],
    [['192.0.2.1 50000'], [], { status: 'completed' }],
    [[], ['192.0.2.1 50000'], { status: 'completed' }],
  ])('ends a restart from the relays %j to %j with %o', (relays, gatheredRelays, result) => {
    const progress: RestartProgress = { ...startProgress(START, 'r1', relays), step: 'checking' }
    expect(follow(progress, 'checking', { ...moved, gatheredRelays }, 0)).toEqual(result)
  })

  it('does not know a remote peer without a username fragment as one that did not restart', () => {
    const unknown = startProgress(START, undefined, [])
    expect(follow(unknown, 'checking', { ...moved, remoteUfrag: undefined }, 0)).toEqual({
      status: 'completed',
    })
  })
})
