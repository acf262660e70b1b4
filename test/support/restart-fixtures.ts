/** Records, events and effects for the tests of the restart state. */
import type { ConnectionSnapshot } from '../../src/peer/connection-snapshot.js'
import type { RestartFollower } from '../../src/peer/restart-follower.js'
import {
  INITIAL_RESTART_RECORD,
  type PendingRestart,
  type RestartRecord,
  type RestartState,
} from '../../src/peer/restart-record.js'
import type { RestartContext, RestartEffect, RestartEvent } from '../../src/peer/restart-state.js'

/** Epoch and monotonic ms. */
export const NOW = 1_000_000
export const MONOTONIC = 50_000
export const DEADLINE = NOW + 30_000
export const CONTEXT: RestartContext = {
  now: NOW,
  monotonicNow: MONOTONIC,
  condition: 'relayed',
  afterExpiry: undefined,
  hasOutlivedCredentials: false,
  isCutOff: false,
}

export const candidates = { ufrag: 'u1', deadline: DEADLINE }
export const pending: PendingRestart = { candidates, cause: 'servers-changed', failedAttempts: 0 }
export const failedOnce: PendingRestart = { ...pending, failedAttempts: 1 }
export const onCurrentServers: PendingRestart = {
  candidates: { ufrag: 'u1', deadline: NOW },
  cause: 'failed',
  failedAttempts: 0,
}

export const current: RestartState = { name: 'current' }
export const outdated: RestartState = { name: 'outdated', pending }
export const queued: RestartState = { name: 'queued', pending: failedOnce, restartAt: MONOTONIC + 300 }
export const queuedOnCurrentServers: RestartState = {
  name: 'queued',
  pending: onCurrentServers,
  restartAt: MONOTONIC + 300,
}
export const requested: RestartState = { name: 'requested', pending, requestedAt: MONOTONIC }
export const requestedOnCurrentServers: RestartState = {
  name: 'requested',
  pending: onCurrentServers,
  requestedAt: MONOTONIC,
}
/** Requested long enough ago to be requested again. */
export const requestedBefore: RestartState = { ...requested, requestedAt: MONOTONIC - 5000 }
export const offered: RestartState = { name: 'offered' }
export const checking: RestartState = { name: 'checking' }
export const outdatedOf = (ufrag: string, deadline = NOW + 90_000): RestartState => ({
  name: 'outdated',
  pending: { ...pending, candidates: { ufrag, deadline } },
})

/** A record of a connection with the local username fragment `u1`, or `u2` after its restart. */
export const recordIn = (state: RestartState, rest: Partial<RestartRecord> = {}): RestartRecord => ({
  ...INITIAL_RESTART_RECORD,
  localUfrag: state === offered || state === checking ? 'u2' : 'u1',
  replaced: state === current || state === checking ? [] : [candidates],
  state,
  ...rest,
})

export const written = (localUfrag: string | undefined, rest = {}): RestartEvent => ({
  type: 'servers-written',
  isEvacuation: false,
  changed: true,
  localUfrag,
  negotiatedUfrag: localUfrag,
  remoteUfrag: 'r1',
  isStable: true,
  deadline: NOW + 90_000,
  ...rest,
})
export const signaling = (localUfrag: string | undefined, isStable = true): RestartEvent => ({
  type: 'signaling-state-changed',
  localUfrag,
  negotiatedUfrag: localUfrag,
  remoteUfrag: 'r1',
  isStable,
})
/** A connection whose selected pair has not moved yet. */
export const snapshotOf = (remoteUfrag: string): ConnectionSnapshot => ({
  iceState: 'connected',
  isStable: true,
  localUfrag: 'u2',
  negotiatedUfrag: 'u2',
  remoteUfrag,
  path: 'relayed',
  selectedRelays: [],
  gatheredRelays: [],
  isSwitchingPair: true,
  silentMs: undefined,
})
export const checked = (localUfrag: string, rest: Partial<ConnectionSnapshot> = {}): RestartEvent => ({
  type: 'checked',
  snapshot: { ...snapshotOf('r1'), localUfrag, negotiatedUfrag: localUfrag, isSwitchingPair: false, ...rest },
})
export const rejected: RestartEvent = { type: 'credentials-rejected', url: 'turn:t.org', stunCode: 401 }
export const slotAt = (restartAt: number): RestartEvent => ({ type: 'slot-reserved', restartAt })
export const requestFailed: RestartEvent = { type: 'request-failed' }

export const check = (delayMs: number): RestartEffect => ({ type: 'check', delayMs })
export const reserve: RestartEffect = { type: 'reserve-slot' }
export const report: RestartEffect = { type: 'report-rejection', url: 'turn:t.org', stunCode: 401 }
export const request = (deadline = DEADLINE): RestartEffect => ({ type: 'request-restart', deadline })

/** Starts a restart of a connection whose remote peer has the username fragment `r1`. */
export const startRestart = (follower: RestartFollower, monotonicNow = 0, deadline = 5000) =>
  follower.start({
    cause: 'lost',
    deadline,
    remoteUfrag: 'r1',
    relays: [],
    isRetry: false,
    now: 0,
    monotonicNow,
  })
