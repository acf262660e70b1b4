import { describe, expect, it } from 'vitest'
import { describeCalls } from '../../demo/calls/headline.js'
import { callFacts, ERRORS, FROZEN, keptCallFacts, NORMAL, remaining } from '../support/call-facts.js'

const LIVE = callFacts()
const LEFT_FROZEN = callFacts(FROZEN)
const failing = (nextRefreshMs: number | undefined) => ({ lastError: ERRORS.tooMany, nextRefreshMs })

describe('the sentence above the calls', () => {
  it.each([
    [
      'announces the expiry of both calls before the first rotation',
      LIVE,
      keptCallFacts(),
      'In 9 s the credentials of both calls expire. Watch what happens.',
    ],
    [
      'announces the expiry of the left call after the first rotation',
      LIVE,
      keptCallFacts({ restarts: 1 }),
      'In 9 s the credentials of the left call expire. The right call already has new ones.',
    ],
    [
      'names the difference after the expiry',
      LEFT_FROZEN,
      keptCallFacts({ restarts: 1 }),
      'The left call froze when its credentials expired. turnkeeper keeps the right call alive.',
    ],
    [
      'names a revocation',
      callFacts({ silentMs: 3000, ...remaining(3000, true) }),
      keptCallFacts({ restarts: 1 }),
      'The left call froze when its credentials were revoked. turnkeeper keeps the right call alive.',
    ],
    [
      'does not name the credentials if the left call was lost before they expired',
      callFacts({ silentMs: 30_000, ...remaining(-5000) }),
      keptCallFacts({ restarts: 1 }),
      'The left call lost its connection. turnkeeper keeps the right call alive.',
    ],
    [
      'does not name the expiry if the allocation was dropped long after it',
      callFacts({ silentMs: 3000, ...remaining(-60_000) }),
      keptCallFacts({ restarts: 9 }),
      'The left call froze when the TURN server dropped its allocation. turnkeeper keeps the right call alive.',
    ],
    [
      'says that the left call could not connect',
      callFacts({ wasConnected: false, connectionState: 'failed' }),
      keptCallFacts({ restarts: 1 }),
      'The left call could not connect. turnkeeper keeps the right call alive.',
    ],
    [
      'says that both calls connect',
      callFacts({ wasConnected: false }),
      keptCallFacts({ wasConnected: false }),
      'Two calls through a TURN server, with the same credentials. Connecting …',
    ],
    [
      'says that the left call connects again',
      callFacts({ wasConnected: false }),
      keptCallFacts({ restarts: 1 }),
      'The left call is connecting. The right call is live.',
    ],
    [
      'says when the credentials of a live call expire if refreshes fail',
      LIVE,
      keptCallFacts(remaining(4000), failing(2000)),
      'In 4 s the credentials of the right call expire, unless a refresh succeeds.',
    ],
    [
      'says how long the right call goes on if refreshes fail',
      LEFT_FROZEN,
      keptCallFacts({ restarts: 1, ...remaining(4000) }, failing(2000)),
      'The left call froze when its credentials expired. The right call goes on for 4 s, unless a refresh succeeds.',
    ],
    [
      'names the control that starts a new call after the browser lost one for good',
      LEFT_FROZEN,
      keptCallFacts({ silentMs: 16_000 }),
      'Both calls are frozen. The browser lost the right one: press Repair for a new call.',
    ],
    [
      'does not give a call up just after an outage',
      LEFT_FROZEN,
      keptCallFacts({ silentMs: 60_000 }, { workingMs: 3000 }),
      'Both calls are frozen. The right one is being restored.',
    ],
    [
      'says when the next attempt is',
      LEFT_FROZEN,
      keptCallFacts(FROZEN, failing(23_000)),
      'Both calls are frozen. The next attempt to restore the right one is in 23 s, or press Repair.',
    ],
    [
      'says that an attempt is made',
      LEFT_FROZEN,
      keptCallFacts(FROZEN, failing(undefined)),
      'Both calls are frozen. The right one is being restored.',
    ],
    [
      'says that only the right call is frozen',
      LIVE,
      keptCallFacts({ silentMs: 4000 }),
      'The right call is frozen. The right one is being restored.',
    ],
    [
      'names the control that ends a denial',
      LEFT_FROZEN,
      keptCallFacts(FROZEN, { state: 'denied', lastError: ERRORS.denied, nextRefreshMs: undefined }),
      'Both calls are frozen. The right one returns after Repair.',
    ],
    [
      'says that a server keeps an allocation',
      callFacts(remaining(-30_000)),
      keptCallFacts({ restarts: 5 }),
      'The left call runs on expired credentials. The right call has new ones.',
    ],
    [
      'says that neither call has valid credentials',
      callFacts(remaining(-30_000)),
      keptCallFacts(remaining(-1000), failing(2000)),
      'Both calls run on expired credentials.',
    ],
  ])('%s', (_, left, right, sentence) => {
    expect(describeCalls(left, right, NORMAL)).toBe(sentence)
  })

  it('does not name the expiry if a call is lost while the TURN server keeps allocations', () => {
    const left = callFacts({ silentMs: 3000, ...remaining(-60_000) })
    const sentence = describeCalls(left, keptCallFacts({ restarts: 9 }), { ...NORMAL, atExpiry: 'keep' })
    expect(sentence).toMatch(/^The left call lost its connection\./)
  })

  it('names the outage of the network', () => {
    const sentence = describeCalls(LEFT_FROZEN, keptCallFacts(FROZEN), { ...NORMAL, isOffline: true })
    expect(sentence).toMatch(/^The network is down/)
  })

  it('says what to change in Firefox if the TURN server cannot be reached', () => {
    const unreachable = { wasConnected: false, isServerUnreachable: true }
    expect(describeCalls(callFacts(unreachable), keptCallFacts(unreachable), NORMAL)).toMatch(
      /media\.peerconnection\.ice\.loopback/,
    )
    const connected = keptCallFacts({ isServerUnreachable: true })
    expect(describeCalls(LIVE, connected, NORMAL)).not.toMatch(/loopback/)
  })
})
