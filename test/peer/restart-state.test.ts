import { describe, expect, it } from 'vitest'
import type { ConnectionSnapshot } from '../../src/peer/connection-snapshot.js'
import {
  INITIAL_RESTART_RECORD,
  type OutdatedCandidates,
  type RestartRecord,
  type RestartState,
} from '../../src/peer/restart-record.js'
import {
  nextRestartState,
  type RestartContext,
  type RestartEffect,
  type RestartEvent,
} from '../../src/peer/restart-state.js'

/** Epoch and monotonic ms. */
const NOW = 1_000_000
const MONOTONIC = 50_000
const DEADLINE = NOW + 30_000
const CONTEXT: RestartContext = { now: NOW, monotonicNow: MONOTONIC, condition: 'relayed' }

const outdated: OutdatedCandidates = { ufrag: 'u1', deadline: DEADLINE }
const current: RestartState = { name: 'current' }
const outdatedState: RestartState = { name: 'outdated', outdated, failedAttempts: 0 }
const queued: RestartState = { name: 'queued', outdated, failedAttempts: 1, restartAt: MONOTONIC + 300 }
const requested: RestartState = { name: 'requested', outdated, failedAttempts: 0 }
const offered: RestartState = { name: 'offered', previous: outdated }
const checking: RestartState = { name: 'checking', previous: outdated }

const snapshot: ConnectionSnapshot = {
  iceState: 'connected',
  isStable: true,
  localUfrag: 'u1',
  path: 'relayed',
  isSwitchingPair: false,
}
const changed: RestartEvent = {
  type: 'servers-written',
  changed: true,
  localUfrag: 'u1',
  deadline: NOW + 90_000,
}
const checked = (rest: Partial<ConnectionSnapshot> = {}): RestartEvent => ({
  type: 'checked',
  snapshot: { ...snapshot, ...rest },
})
const negotiated = (localUfrag: string | undefined, isStable = true): RestartEvent => ({
  type: 'negotiated',
  localUfrag,
  isStable,
})
const rejected: RestartEvent = { type: 'credentials-rejected', url: 'turn:t.org', stunCode: 401 }

const recordIn = (state: RestartState, rest: Partial<RestartRecord> = {}): RestartRecord => ({
  ...INITIAL_RESTART_RECORD,
  state,
  ...rest,
})

const check = (delayMs: number): RestartEffect => ({ type: 'check', delayMs })
const reserve: RestartEffect = { type: 'reserve-slot' }
const request = (deadline = DEADLINE): RestartEffect => ({ type: 'request-restart', deadline })
const newlyOutdated: RestartState = {
  name: 'outdated',
  outdated: { ufrag: 'u1', deadline: NOW + 90_000 },
  failedAttempts: 0,
}
const disconnected = { iceState: 'disconnected' }

describe('nextRestartState', () => {
  it.each([
    ['current', current, changed, newlyOutdated, [check(500)]],
    ['current', current, { ...changed, localUfrag: undefined }, current, [check(500)]],
    ['current', current, { ...changed, changed: false }, current, [check(500)]],
    ['current', current, rejected, current, [{ ...rejected, type: 'report-rejection' }]],
    ['current', current, { type: 'ice-state-changed' }, current, [check(0)]],
    ['current', current, checked(), current, []],
    ['current', current, checked({ iceState: 'failed' }), current, []],
    ['current', current, negotiated('u2'), current, []],
    ['outdated', outdatedState, changed, outdatedState, [check(500)]],
    ['outdated', outdatedState, rejected, outdatedState, []],
    ['outdated', outdatedState, checked(), outdatedState, [reserve]],
    ['outdated', outdatedState, checked({ path: 'direct' }), outdatedState, []],
    ['outdated', outdatedState, checked({ localUfrag: 'u2' }), offered, []],
    ['outdated', outdatedState, negotiated('u2'), checking, []],
    ['outdated', outdatedState, negotiated('u2', false), offered, []],
    ['outdated', outdatedState, negotiated('u1'), outdatedState, []],
    [
      'outdated',
      outdatedState,
      { type: 'slot-reserved', restartAt: MONOTONIC + 299.5 },
      { ...queued, failedAttempts: 0, restartAt: MONOTONIC + 299.5 },
      [check(300)],
    ],
    ['outdated', outdatedState, { type: 'slot-reserved', restartAt: MONOTONIC }, requested, [request()]],
    ['queued', queued, changed, queued, [check(500)]],
    ['queued', queued, checked(), queued, [check(300)]],
    ['queued', queued, checked({ path: 'direct' }), { ...outdatedState, failedAttempts: 1 }, []],
    ['queued', queued, checked({ localUfrag: 'u2' }), offered, []],
    ['queued', queued, rejected, queued, []],
    ['queued', { ...queued, outdated: undefined }, checked(), current, []],
    ['requested', requested, changed, outdatedState, [check(500)]],
    ['requested', requested, checked(), requested, []],
    ['requested', requested, checked(disconnected), requested, [reserve]],
    ['requested', requested, negotiated('u2', false), offered, []],
    [
      'requested',
      requested,
      { type: 'request-failed' },
      { ...queued, failedAttempts: 1, restartAt: MONOTONIC + 1000 },
      [check(1000)],
    ],
    ['outdated', outdatedState, { type: 'request-failed' }, outdatedState, []],
    ['offered', offered, negotiated('u2'), checking, []],
    ['offered', offered, negotiated('u1'), outdatedState, []],
    ['offered', offered, checked({ localUfrag: 'u1', path: 'direct' }), outdatedState, []],
    ['offered', offered, checked({ ...disconnected, localUfrag: 'u2' }), offered, []],
    [
      'offered',
      offered,
      { ...changed, localUfrag: 'u2' },
      { ...newlyOutdated, outdated: { ufrag: 'u2' } },
      [check(500)],
    ],
    ['offered', offered, rejected, offered, [{ ...rejected, type: 'report-rejection' }]],
    ['checking', checking, checked({ localUfrag: 'u2' }), current, []],
    ['checking', checking, checked({ localUfrag: 'u2', isSwitchingPair: true }), checking, []],
    ['checking', checking, checked({ localUfrag: 'u2', iceState: 'checking' }), checking, []],
    [
      'checking',
      checking,
      { ...changed, localUfrag: 'u2' },
      { ...newlyOutdated, outdated: { ufrag: 'u2' } },
      [check(500)],
    ],
  ] as [string, RestartState, RestartEvent, object, RestartEffect[]][])(
    'moves from the state %s by the event of the row: %o, %o',
    (_, state, event, expected, effects) => {
      const [record, ...performed] = nextRestartState(recordIn(state), event, CONTEXT)
      expect(record.state).toMatchObject(expected)
      expect(performed).toEqual(effects)
    },
  )

  it('requests a queued restart when its slot is reached', () => {
    const later = { ...CONTEXT, monotonicNow: MONOTONIC + 300 }
    const rejectedBefore = recordIn(queued, { areCredentialsRejected: true })
    const [record, ...effects] = nextRestartState(rejectedBefore, checked(), later)
    expect(record).toMatchObject({
      state: { name: 'requested', outdated, failedAttempts: 1 },
      areCredentialsRejected: false,
    })
    expect(effects).toEqual([request()])
  })

  it('waits for a negotiation to take effect before it reserves or uses a slot', () => {
    const negotiatedBefore = { negotiatedAt: MONOTONIC - 1999 }
    for (const state of [outdatedState, queued]) {
      const [record, ...effects] = nextRestartState(recordIn(state, negotiatedBefore), checked(), CONTEXT)
      expect(record.state).toEqual(state)
      expect(effects).toEqual([check(500)])
    }
    const settled = recordIn(outdatedState, { negotiatedAt: MONOTONIC - 2000 })
    expect(nextRestartState(settled, checked(), CONTEXT)[1]).toEqual(reserve)
  })

  it('restarts a connection on current servers that failed, with the condition always', () => {
    const always = { ...CONTEXT, condition: 'always' } as const
    const lastChange = { at: 0, deadline: DEADLINE }
    const failed = checked({ iceState: 'failed' })
    const slot: RestartEvent = { type: 'slot-reserved', restartAt: MONOTONIC }
    expect(nextRestartState(recordIn(current), failed, always)[1]).toEqual(reserve)
    const [record, effect] = nextRestartState(recordIn(current, { lastChange }), slot, always)
    expect(record.state).toEqual({ name: 'requested', outdated: undefined, failedAttempts: 0 })
    expect(effect).toEqual(request())
    expect(nextRestartState(recordIn(current), slot, always)[1]).toEqual(request(NOW))
  })

  it('takes a description within 500 ms after new servers for one that was created before', () => {
    const lastChange = { at: MONOTONIC - 499, deadline: DEADLINE }
    const inFlight = recordIn(current, { lastChange })
    const [record] = nextRestartState(inFlight, negotiated('u7'), CONTEXT)
    expect(record).toMatchObject({
      state: { name: 'outdated', outdated: { ufrag: 'u7', deadline: DEADLINE } },
      negotiatedAt: MONOTONIC,
    })
    const [later] = nextRestartState(inFlight, negotiated('u7'), { ...CONTEXT, monotonicNow: MONOTONIC + 1 })
    expect(later.state).toEqual(current)
    const [withoutUfrag] = nextRestartState(inFlight, negotiated(undefined), CONTEXT)
    expect(withoutUfrag.state).toEqual(current)
  })

  it('keeps the first deadline for a description that was created before new servers', () => {
    const lastChange = { at: MONOTONIC, deadline: DEADLINE + 60_000 }
    const [record] = nextRestartState(recordIn(outdatedState, { lastChange }), negotiated('u2'), CONTEXT)
    expect(record.state).toMatchObject({ name: 'outdated', outdated: { ufrag: 'u2', deadline: DEADLINE } })
  })

  it('gives up a request that fails again and again after the deadline, until the connection is lost', () => {
    const context = { ...CONTEXT, now: DEADLINE }
    const failing = recordIn({ ...requested, failedAttempts: 2 })
    const [record, ...effects] = nextRestartState(failing, { type: 'request-failed' }, context)
    expect(record.state).toEqual({ ...requested, failedAttempts: 3 })
    expect(effects).toEqual([])
    expect(nextRestartState(record, checked(disconnected), context)[1]).toEqual(reserve)
  })

  it('restarts an unconnected connection whose credentials were rejected', () => {
    const [record] = nextRestartState(recordIn(current), rejected, CONTEXT)
    expect(record.areCredentialsRejected).toBe(true)
    const [afterChange] = nextRestartState(record, changed, CONTEXT)
    expect(nextRestartState(afterChange, checked({ iceState: 'checking' }), CONTEXT)[1]).toEqual(reserve)
  })
})
