import { describe, expect, it } from 'vitest'
import { describeKeptCall, describeSingleFetchCall } from '../../demo/calls/describe-call.js'
import { callFacts, ERRORS, FROZEN, keptCallFacts, NORMAL, remaining } from '../support/call-facts.js'

const KEEP = { ...NORMAL, atExpiry: 'keep' } as const
const OFFLINE = { ...NORMAL, isOffline: true }

describe('the card of the call that fetched once', () => {
  it('shows the time that is left in whole seconds, and never new credentials', () => {
    const view = describeSingleFetchCall(callFacts(remaining(8001)), NORMAL)
    expect(view).toMatchObject({ countdown: '9 s left', nextRequest: 'never', health: 'live', badge: 'live' })
    expect(view.remainingRatio).toBeCloseTo(8001 / 12_000)
  })

  it.each([
    ['before the expiry', callFacts(), NORMAL, 'live', /Fetched its credentials once/],
    ['while it connects', callFacts({ wasConnected: false }), NORMAL, 'connecting', /^Connecting/],
    [
      'without a path',
      callFacts({ wasConnected: false, connectionState: 'failed' }),
      NORMAL,
      'frozen',
      /no path/,
    ],
    [
      'if the credentials expired too early',
      callFacts({ wasConnected: false, connectionState: 'failed', ...remaining(-1) }),
      NORMAL,
      'frozen',
      /expired before the call was connected/,
    ],
    ['after the allocation was dropped', callFacts(FROZEN), NORMAL, 'frozen', /expired, so the TURN server/],
    [
      'after a revocation',
      callFacts({ silentMs: 900, ...remaining(4000, true) }),
      NORMAL,
      'frozen',
      /revoked, so/,
    ],
    [
      'while the server keeps the allocation',
      callFacts(remaining(-60_000)),
      KEEP,
      'live',
      /keeps its allocation/,
    ],
    [
      'after a lost connection on a server that keeps',
      callFacts(FROZEN),
      KEEP,
      'frozen',
      /connection was lost/,
    ],
    ['while offline', callFacts({ silentMs: 4000 }), OFFLINE, 'frozen', /network is down/],
    ['after a short outage', callFacts({ silentMs: 4000 }), NORMAL, 'frozen', /nothing restarts ICE/],
    [
      'if it was lost long before the expiry',
      callFacts({ silentMs: 20_000, ...remaining(-5000) }),
      NORMAL,
      'frozen',
      /connection was lost, and the credentials expired/,
    ],
  ] as const)('gives the reason of its state: %s', (_, facts, settings, health, reason) => {
    const view = describeSingleFetchCall(facts, settings)
    expect(view.health).toBe(health)
    expect(view.reason).toMatch(reason)
  })

  it('counts a silence as a freeze earlier once the credentials have expired', () => {
    const healthAfter = (silentMs: number, remainingMs: number) =>
      describeSingleFetchCall(callFacts({ silentMs, ...remaining(remainingMs) }), NORMAL).health
    expect(healthAfter(1000, 500)).toBe('live')
    expect(healthAfter(1000, -500)).toBe('frozen')
    expect(healthAfter(2600, 500)).toBe('frozen')
  })

  it('shows why it could not be started again', () => {
    const view = describeSingleFetchCall(callFacts(FROZEN), NORMAL, 'The backend responded 429')
    expect(view.reason).toBe('Could not call again: The backend responded 429.')
  })

  it.each([
    [remaining(-1), 'expired'],
    [remaining(5000, true), 'revoked'],
  ])('shows an empty bar once the credentials are not valid: %j', (lifetime, countdown) => {
    expect(describeSingleFetchCall(callFacts(lifetime), NORMAL)).toMatchObject({
      countdown,
      remainingRatio: 0,
    })
  })
})

describe('the card of the call with turnkeeper', () => {
  const restart = { isRotation: true, durationMs: 234, agoMs: 500 }

  it('highlights a rotation, and shows its duration and that no message was lost', () => {
    const view = describeKeptCall(keptCallFacts({ restarts: 1, lastRestart: restart }), NORMAL)
    expect(view).toMatchObject({ badge: 'renewed', isHighlighted: true })
    expect(view.reason).toMatch(/new username, ICE restart in 0\.2 s, no message lost/)
  })

  it('counts messages that are missing after a rotation', () => {
    const messages = { sent: 100, received: 90, missing: 4 }
    expect(describeKeptCall(keptCallFacts({ lastRestart: restart, messages }), NORMAL).reason).toMatch(
      /messages still missing: 4/,
    )
  })

  it('no longer highlights a rotation of some seconds ago', () => {
    const view = describeKeptCall(keptCallFacts({ lastRestart: { ...restart, agoMs: 3001 } }), NORMAL)
    expect(view).toMatchObject({ badge: 'live', isHighlighted: false })
  })

  it('distinguishes a restoration from a rotation', () => {
    const view = describeKeptCall(keptCallFacts({ lastRestart: { ...restart, isRotation: false } }), NORMAL)
    expect(view.badge).toBe('restored')
    expect(view.reason).toMatch(/^Restored after an interruption/)
  })

  it.each([
    [{ nextRefreshMs: 2500 }, 'in 3 s'],
    [{ nextRefreshMs: 22_001, lastError: ERRORS.tooMany }, 'next attempt in 23 s'],
    [{ nextRefreshMs: undefined, isRefreshing: true }, 'requested'],
    [{ nextRefreshMs: 0 }, 'now'],
    [{ nextRefreshMs: undefined, state: 'denied' }, 'after refresh()'],
  ] as const)('shows when new credentials are requested: %j', (provider, expected) => {
    expect(describeKeptCall(keptCallFacts({}, provider), NORMAL).nextRequest).toBe(expected)
  })

  it('does not announce an attempt while the network is down', () => {
    const facts = keptCallFacts({}, { nextRefreshMs: 119_000, lastError: ERRORS.network })
    expect(describeKeptCall(facts, OFFLINE).nextRequest).toBe('once online')
  })

  it.each([
    ['timeout', /^The backend doesn't respond\./],
    ['tooMany', /^The backend responded 429\./],
    ['html', /^The backend responded with HTML/],
    ['network', /^The backend cannot be reached\./],
    ['rejected', /^The TURN server rejected the credentials\./],
  ] as const)('gives the reason of a failed refresh: %s', (name, reason) => {
    const provider = { lastError: ERRORS[name] }
    const live = describeKeptCall(keptCallFacts({}, provider), NORMAL).reason
    expect(live).toMatch(reason)
    expect(live).toMatch(/The call goes on\.$/)
    const frozen = describeKeptCall(keptCallFacts(FROZEN, provider), NORMAL).reason
    expect(frozen).toMatch(/The call returns after a successful attempt\.$/)
    const kept = describeKeptCall(keptCallFacts(remaining(-1), provider), NORMAL).reason
    expect(kept).toMatch(/without valid credentials\.$/)
  })

  it('names what to do after a denial', () => {
    const facts = keptCallFacts({}, { state: 'denied', lastError: ERRORS.denied })
    expect(describeKeptCall(facts, NORMAL).reason).toMatch(
      /responded 401: .*no more requests\. Sign in, then call refresh\(\)\. Here: press Repair\./,
    )
  })

  it.each([
    [keptCallFacts(), NORMAL, /fetches new credentials before these expire/],
    [keptCallFacts({ wasConnected: false }), NORMAL, /^Connecting/],
    [keptCallFacts({ wasConnected: false, connectionState: 'failed' }), NORMAL, /no path/],
    [keptCallFacts({ silentMs: 3000 }), NORMAL, /restarts ICE with valid credentials/],
    [keptCallFacts({ silentMs: 16_000 }), NORMAL, /ICE restarts do not bring it back/],
    [keptCallFacts({ isChannelClosed: true }), NORMAL, /closed the data channel.*Press Repair/],
    [keptCallFacts({ silentMs: 3000 }), OFFLINE, /continues as soon as it is back/],
  ])('gives the reason of its state (case %#)', (facts, settings, reason) => {
    expect(describeKeptCall(facts, settings).reason).toMatch(reason)
  })
})
