import { describe, expect, it } from 'vitest'
import type { RestartState } from '../../src/peer/restart-record.js'
import { nextRestartState, type RestartEffect, type RestartEvent } from '../../src/peer/restart-state.js'
import {
  CONTEXT,
  check,
  checked,
  checking,
  current,
  DEADLINE,
  failedOnce,
  MONOTONIC,
  NOW,
  offered,
  outdated,
  outdatedOf,
  pending,
  queued,
  queuedOnCurrentServers,
  recordIn,
  rejected,
  report,
  request,
  requested,
  requestedBefore,
  requestedOnCurrentServers,
  requestFailed,
  reserve,
  signaling,
  slotAt,
  written,
} from '../support/restart-fixtures.js'

type Row = [from: RestartState, event: RestartEvent, to: RestartState, ...effects: RestartEffect[]]

const ROWS: readonly Row[] = [
  [current, written('u1'), outdatedOf('u1'), check(500)],
  [current, written(undefined), current, check(500)],
  [current, written('u1', { changed: false }), current, check(500)],
  [current, rejected, current, report],
  [current, { type: 'ice-state-changed' }, current, check(0)],
  [current, checked('u1'), current],
  [current, checked('u1', { iceState: 'failed' }), current],
  [current, signaling('u2'), current],
  [current, signaling('u2', false), current],

  [outdated, written('u1'), outdated, check(500)],
  [outdated, rejected, outdated],
  [outdated, checked('u1'), outdated, reserve],
  [outdated, checked('u1', { path: 'direct' }), outdated],
  [outdated, checked('u1', { negotiatedUfrag: 'u0', isStable: false }), outdated],
  [outdated, checked('u1', { negotiatedUfrag: undefined, isStable: false }), outdated, reserve],
  [outdated, checked('u2'), current],
  [outdated, checked('u2', { isSwitchingPair: true }), checking],
  [outdated, checked('u2', { isStable: false }), offered],
  [outdated, signaling('u2'), checking],
  [outdated, signaling('u2', false), offered],
  [outdated, signaling('u1'), outdated, check(500)],
  [
    outdated,
    slotAt(MONOTONIC + 299.5),
    { name: 'queued', pending, restartAt: MONOTONIC + 299.5 },
    check(300),
  ],
  [outdated, slotAt(MONOTONIC), requested, request()],
  [outdated, requestFailed, outdated],

  [queued, written('u1'), queued, check(500)],
  [queued, checked('u1'), queued, check(300)],
  [queued, checked('u1', { path: 'direct' }), { name: 'outdated', pending: failedOnce }],
  [queued, checked('u2', { iceState: 'checking' }), checking],
  [queued, rejected, queued],
  [queued, checked('u1', { negotiatedUfrag: 'u0', isStable: false }), queued],
  [queuedOnCurrentServers, checked('u1'), current],
  [
    queuedOnCurrentServers,
    written('u1'),
    {
      name: 'queued',
      pending: { ...pending, candidates: { ufrag: 'u1', deadline: NOW + 90_000 } },
      restartAt: MONOTONIC + 300,
    },
    check(500),
  ],

  [requested, written('u1'), outdated, check(500)],
  [requested, checked('u1'), requested],
  [requested, checked('u1', { iceState: 'disconnected' }), requested],
  [requestedBefore, checked('u1', { iceState: 'disconnected' }), requestedBefore, reserve],
  [
    requestedBefore,
    checked('u1', { negotiatedUfrag: 'u0', isStable: false, iceState: 'disconnected' }),
    requestedBefore,
  ],
  [checking, { type: 'not-moved', deadline: DEADLINE }, outdatedOf('u2', DEADLINE), check(0)],
  [requested, signaling('u2', false), offered],
  [requested, signaling('u2'), checking],
  [
    requested,
    requestFailed,
    { name: 'queued', pending: failedOnce, restartAt: MONOTONIC + 1000 },
    check(1000),
  ],
  [requestedOnCurrentServers, signaling('u2', false), offered],

  [offered, signaling('u2'), checking],
  [offered, signaling('u1'), outdated, check(500)],
  [offered, checked('u1', { path: 'direct' }), outdated],
  [offered, checked('u2', { isSwitchingPair: true }), checking],
  [offered, checked('u2', { isStable: false, iceState: 'disconnected' }), offered],
  [offered, signaling('u3', false), offered],
  [offered, written('u2', { isStable: false }), outdatedOf('u2', DEADLINE), check(500)],
  [offered, rejected, offered, report],

  [checking, checked('u2'), current],
  [checking, checked('u2', { iceState: 'completed' }), current],
  [checking, checked('u2', { isSwitchingPair: true }), checking],
  [checking, checked('u2', { iceState: 'checking' }), checking],
  [checking, signaling('u3', false), offered],
  [checking, written('u2'), outdatedOf('u2'), check(500)],
]

describe('nextRestartState', () => {
  it.each(
    ROWS.map(([from, event, to, ...effects], index) => ({
      row: index + 1,
      type: event.type,
      from,
      event,
      to,
      effects,
    })),
  )('moves from $from.name by $type to $to.name (row $row)', ({ from, event, to, effects }) => {
    const replaced = 'pending' in from && from.pending.cause === 'failed' ? { replaced: [] } : {}
    const [record, ...performed] = nextRestartState(recordIn(from, replaced), event, CONTEXT)
    expect(record.state).toEqual(to)
    expect(performed).toEqual(effects)
  })
})
