import { describe, expect, it } from 'vitest'
import type { ConnectionSnapshot } from '../../src/peer/connection-snapshot.js'
import {
  isDroppedAtExpiry,
  isRestartNeeded,
  isSettling,
  mayDeferServers,
  type RestartNeed,
  restartConditionOf,
  restartRetryDelayMs,
} from '../../src/peer/restart-policy.js'
import { SECOND } from '../support/time.js'

const connected: ConnectionSnapshot = {
  iceState: 'connected',
  isStable: true,
  localUfrag: 'u1',
  negotiatedUfrag: 'u1',
  remoteUfrag: 'r1',
  path: 'relayed',
  selectedRelays: [],
  gatheredRelays: [],
  isSwitchingPair: false,
  silentMs: undefined,
}
const outdated: RestartNeed = {
  condition: 'relayed',
  areAllocationsKept: false,
  isOutdated: true,
  isRequested: false,
  isJustRequested: false,
  areCredentialsRejected: false,
  isCutOff: false,
}
const current: RestartNeed = { ...outdated, isOutdated: false }

describe('isRestartNeeded', () => {
  it.each([
    ['relayed', {}, {}, true],
    ['direct', { path: 'direct' }, {}, false],
    ['of an unknown path', { path: 'unknown' }, {}, true],
    ['relayed and completed', { iceState: 'completed' }, {}, true],
    ['direct and disconnected', { path: 'direct', iceState: 'disconnected' }, {}, true],
    ['direct and failed', { path: 'direct', iceState: 'failed' }, {}, true],
    ['still checking', { iceState: 'checking' }, {}, false],
    ['checking with rejected credentials', { iceState: 'checking' }, { areCredentialsRejected: true }, true],
    ['direct with rejected credentials', { path: 'direct' }, { areCredentialsRejected: true }, false],
    ['requested before', {}, { isRequested: true }, false],
    ['requested before and disconnected', { iceState: 'disconnected' }, { isRequested: true }, true],
    [
      'requested just now and disconnected',
      { iceState: 'disconnected' },
      { isRequested: true, isJustRequested: true },
      false,
    ],
    ['requested before and failed', { iceState: 'failed' }, { isRequested: true }, true],
    ["direct, with 'always'", { path: 'direct' }, { condition: 'always' }, true],
    ["checking, with 'always'", { iceState: 'checking' }, { condition: 'always' }, true],
    ["requested before, with 'always'", {}, { condition: 'always', isRequested: true }, false],
    ["relayed, with 'lost'", {}, { condition: 'lost' }, false],
    ["cut off, with 'lost'", {}, { condition: 'lost', isCutOff: true }, true],
    [
      "cut off and just requested, with 'lost'",
      {},
      { condition: 'lost', isCutOff: true, isJustRequested: true },
      false,
    ],
    ["disconnected, with 'lost'", { iceState: 'disconnected' }, { condition: 'lost' }, true],
    ["failed, with 'lost'", { iceState: 'failed' }, { condition: 'lost' }, true],
    ['relayed by a server that keeps allocations', {}, { areAllocationsKept: true }, false],
    [
      'disconnected from a server that keeps allocations',
      { iceState: 'disconnected' },
      { areAllocationsKept: true },
      true,
    ],
    [
      'relayed by a server that keeps allocations and rejected the credentials',
      {},
      { areAllocationsKept: true, areCredentialsRejected: true },
      true,
    ],
    [
      "relayed by a server that keeps allocations, with 'always'",
      {},
      { areAllocationsKept: true, condition: 'always' },
      true,
    ],
    ["failed, with 'never'", { iceState: 'failed' }, { condition: 'never' }, false],
  ] as [string, Partial<ConnectionSnapshot>, Partial<RestartNeed>, boolean][])(
    'decides for an outdated connection that is %s',
    (_, snapshot, need, isNeeded) => {
      expect(isRestartNeeded({ ...connected, ...snapshot }, { ...outdated, ...need })).toBe(isNeeded)
    },
  )

  it.each([
    ['relayed', 'connected', false],
    ['relayed', 'failed', false],
    ['never', 'failed', false],
    ['always', 'connected', false],
    ['always', 'disconnected', false],
    ['always', 'failed', true],
    ['lost', 'disconnected', false],
    ['lost', 'failed', true],
  ] as const)('decides with %s for a %s connection on current servers', (condition, iceState, isNeeded) => {
    expect(isRestartNeeded({ ...connected, iceState }, { ...current, condition })).toBe(isNeeded)
  })

  it.each([
    ['relayed', false, false],
    ['never', false, false],
    ['always', false, true],
    ['lost', false, true],
    ['lost', true, false],
  ] as const)(
    'decides with %s for a connection on current servers that the network has cut off (just requested: %s)',
    (condition, isJustRequested, isNeeded) => {
      const need = { ...current, condition, isJustRequested, isCutOff: true }
      expect(isRestartNeeded(connected, need)).toBe(isNeeded)
    },
  )

  it.each(['always', 'lost'] as const)(
    'waits with %s before it repeats the restart of a connection that failed on current servers',
    (condition) => {
      const failed = { ...connected, iceState: 'failed' }
      const requestedBefore = { ...current, condition, isRequested: true }
      expect(isRestartNeeded(failed, { ...requestedBefore, isJustRequested: true })).toBe(false)
      expect(isRestartNeeded(failed, requestedBefore)).toBe(true)
    },
  )
})

describe('isDroppedAtExpiry', () => {
  const lost = { ...connected, iceState: 'disconnected' }
  const MINUTE = 60 * SECOND

  it.each([
    ['a connection that is lost at the expiry', lost, 0, true],
    ['a connection that is lost up to 11 minutes later', lost, 11 * MINUTE - 1, true],
    ['a connection that is lost before the expiry', lost, -1, false],
    ['a connection that is lost long after the expiry', lost, 11 * MINUTE, false],
    ['a connected one', connected, 0, false],
  ])('decides for %s', (_, snapshot, sinceExpiryMs, isDropped) => {
    expect(isDroppedAtExpiry(snapshot, 1e6, 1e6 + sinceExpiryMs)).toBe(isDropped)
  })
})

describe('isSettling', () => {
  const switching = { ...connected, isSwitchingPair: true }

  it.each([
    ['2 s', connected, false, 2 * SECOND],
    ['20 s while the pair is still the old one', switching, false, 20 * SECOND],
    ['2 s if the credentials were rejected', switching, true, 2 * SECOND],
    ['2 s if the connection is disconnected', { ...switching, iceState: 'disconnected' }, false, 2 * SECOND],
    ['2 s if the connection has failed', { ...switching, iceState: 'failed' }, false, 2 * SECOND],
  ])('returns true for %s after a negotiation', (_, snapshot, areCredentialsRejected, ms) => {
    expect(isSettling(snapshot, areCredentialsRejected, ms - 1)).toBe(true)
    expect(isSettling(snapshot, areCredentialsRejected, ms)).toBe(false)
  })
})

describe('restartRetryDelayMs', () => {
  it('doubles the delay up to 16 s while the deadline is further away', () => {
    const delays = [1, 2, 3, 4, 5, 6].map((attempts) => restartRetryDelayMs(attempts, 60 * SECOND))
    expect(delays).toEqual([1, 2, 4, 8, 16, 16].map((seconds) => seconds * SECOND))
  })

  it('gives up after three attempts if the deadline has passed before the next one', () => {
    expect([1, 2, 3, 4].map((attempts) => restartRetryDelayMs(attempts, -1))).toEqual([
      SECOND,
      2 * SECOND,
      undefined,
      undefined,
    ])
    expect(restartRetryDelayMs(3, 4 * SECOND)).toBeUndefined()
  })
})

describe('restartConditionOf', () => {
  const restart = () => {}

  it.each([
    [['relayed'], 'relayed'],
    [['always'], 'always'],
    [['never'], 'never'],
    [[restart], 'relayed'],
    [['never', 'relayed'], 'relayed'],
    [['never', restart], 'relayed'],
    [['relayed', 'always'], 'always'],
    [['lost'], 'lost'],
    [['never', 'lost'], 'lost'],
    [['lost', 'relayed'], 'relayed'],
    [['lost', restart], 'relayed'],
    [[restart, 'always', 'never'], 'always'],
  ] as const)('returns for %o the condition %s', (policies, condition) => {
    expect(restartConditionOf(policies)).toBe(condition)
  })
})

describe('mayDeferServers', () => {
  const NOW = 1_000_000
  it.each([
    [10_001, undefined, true],
    [10_001, 'drop', true],
    [10_000, undefined, false],
    [1, undefined, false],
    [1, 'keep', true],
    [0, undefined, true],
    [-1, undefined, true],
    [-1, 'drop', false],
    [-1, 'keep', true],
  ] as const)(
    'returns %i ms before the deadline, with afterExpiry %s: %s',
    (remainingMs, afterExpiry, may) => {
      const servers = { deadline: NOW + remainingMs, isEvacuation: false }
      expect(mayDeferServers(servers, afterExpiry, NOW)).toBe(may)
    },
  )

  it.each([undefined, 'drop', 'keep'] as const)(
    'returns true without a deadline, with afterExpiry %s',
    (afterExpiry) => {
      expect(mayDeferServers({ deadline: undefined, isEvacuation: true }, afterExpiry, NOW)).toBe(true)
    },
  )

  it('returns true for a TURN server that is about to stop only before the expiry', () => {
    const mayDefer = (remainingMs: number) =>
      mayDeferServers({ deadline: NOW + remainingMs, isEvacuation: true }, undefined, NOW)
    expect([10_001, 0].map(mayDefer)).toEqual([true, false])
  })
})
