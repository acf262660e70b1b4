import { describe, expect, it } from 'vitest'
import { nextRestartState, type RestartEvent } from '../../src/peer/restart-state.js'
import {
  CONTEXT,
  candidates,
  check,
  checked,
  current,
  DEADLINE,
  failedOnce,
  MONOTONIC,
  NOW,
  offered,
  onCurrentServers,
  outdated,
  outdatedOf,
  pending,
  queued,
  recordIn,
  rejected,
  request,
  requestFailed,
  reserve,
  signaling,
  slotAt,
  written,
} from '../support/restart-fixtures.js'

describe('nextRestartState in a sequence of events', () => {
  it('requests a queued restart when its slot is reached', () => {
    const later = { ...CONTEXT, monotonicNow: MONOTONIC + 300 }
    const rejectedBefore = recordIn(queued, { areCredentialsRejected: true })
    const [record, ...effects] = nextRestartState(rejectedBefore, checked('u1'), later)
    expect(record).toMatchObject({
      state: { name: 'requested', pending: failedOnce },
      areCredentialsRejected: false,
    })
    expect(effects).toEqual([request()])
  })

  it('waits for a negotiation to take effect before it reserves or uses a slot', () => {
    const negotiated = { signalingChangedAt: MONOTONIC - 1999 }
    for (const state of [outdated, queued]) {
      const [record, ...effects] = nextRestartState(recordIn(state, negotiated), checked('u1'), CONTEXT)
      expect(record.state).toEqual(state)
      expect(effects).toEqual([check(500)])
    }
    const settled = recordIn(outdated, { signalingChangedAt: MONOTONIC - 2000 })
    expect(nextRestartState(settled, checked('u1'), CONTEXT)[1]).toEqual(reserve)
  })

  it('restarts a connection that failed on current servers with the condition always', () => {
    const always = { ...CONTEXT, condition: 'always' } as const
    const failed = checked('u1', { iceState: 'failed' })
    expect(nextRestartState(recordIn(current), failed, always)[1]).toEqual(reserve)
    const [record, effect] = nextRestartState(recordIn(current), slotAt(MONOTONIC), always)
    expect(record.state).toEqual({ name: 'requested', pending: onCurrentServers, requestedAt: MONOTONIC })
    expect(effect).toEqual(request(NOW))
  })

  it('treats a description within 500 ms after new servers as one that was created before', () => {
    const lastChange = { at: MONOTONIC - 499, deadline: DEADLINE }
    const inFlight = recordIn(current, { lastChange })
    const [record, effect] = nextRestartState(inFlight, signaling('u7'), CONTEXT)
    expect(record).toMatchObject({ state: outdatedOf('u7', DEADLINE), signalingChangedAt: MONOTONIC })
    expect(effect).toEqual(check(500))
    const later = { ...CONTEXT, monotonicNow: MONOTONIC + 1 }
    expect(nextRestartState(inFlight, signaling('u7'), later)[0].state).toEqual(current)
    expect(nextRestartState(inFlight, signaling(undefined), CONTEXT)[0].state).toEqual(current)
  })

  it('does not check a connection earlier than 500 ms after new servers', () => {
    const lastChange = { at: MONOTONIC - 100, deadline: DEADLINE }
    const event: RestartEvent = { type: 'ice-state-changed' }
    expect(nextRestartState(recordIn(outdated, { lastChange }), event, CONTEXT)[1]).toEqual(check(400))
  })

  it('keeps the first deadline for a description that was created before new servers', () => {
    const lastChange = { at: MONOTONIC, deadline: DEADLINE + 60_000 }
    for (const isStable of [true, false]) {
      const description = signaling('u2', isStable)
      const [record] = nextRestartState(recordIn(outdated, { lastChange }), description, CONTEXT)
      expect(record.state).toEqual(outdatedOf('u2', DEADLINE))
    }
  })

  it('returns to the candidates before an offer that is rolled back after the servers changed', () => {
    const [afterChange] = nextRestartState(recordIn(offered), written('u2', { isStable: false }), CONTEXT)
    const later = { ...CONTEXT, monotonicNow: MONOTONIC + 5000 }
    const [rolledBack, effect] = nextRestartState(afterChange, signaling('u1'), later)
    expect(rolledBack.state).toEqual(outdated)
    expect(effect).toEqual(check(500))
  })

  it('returns to candidates that were in use while an offer of the app was pending when the servers changed', () => {
    const pendingOffer = written('u2', { negotiatedUfrag: 'u1', isStable: false })
    const [afterChange] = nextRestartState(recordIn(current, { localUfrag: 'u2' }), pendingOffer, CONTEXT)
    const later = { ...CONTEXT, monotonicNow: MONOTONIC + 5000 }
    const [rolledBack, effect] = nextRestartState(afterChange, signaling('u1'), later)
    expect(rolledBack.state).toEqual(outdatedOf('u1', NOW + 90_000))
    expect(effect).toEqual(check(500))
  })

  it('keeps the first deadline while an offer is pending when the servers change again', () => {
    const pendingOffer = written('u2', { negotiatedUfrag: 'u1', isStable: false })
    const [record] = nextRestartState(recordIn(offered), pendingOffer, CONTEXT)
    expect(record.state).toEqual(outdatedOf('u2', DEADLINE))
  })

  it('keeps the deadline of candidates that a rollback brings back, although the newer servers expire earlier', () => {
    const earlier = written('u2', { isStable: false, deadline: DEADLINE - 10_000 })
    const [afterChange] = nextRestartState(recordIn(offered), earlier, CONTEXT)
    expect(afterChange.state).toEqual(outdatedOf('u2', DEADLINE - 10_000))
    const [rolledBack] = nextRestartState(afterChange, signaling('u1'), CONTEXT)
    expect(rolledBack.state).toEqual(outdatedOf('u1', DEADLINE))
  })

  it('keeps the first deadline of an offer to which a later offer is rolled back', () => {
    const [afterChange] = nextRestartState(recordIn(offered), written('u2', { isStable: false }), CONTEXT)
    const later = { ...CONTEXT, monotonicNow: MONOTONIC + 5000 }
    const [afterOffer] = nextRestartState(afterChange, signaling('u3', false), later)
    expect(afterOffer.state).toEqual(offered)
    const [rolledBack] = nextRestartState(afterOffer, signaling('u2', false), later)
    expect(rolledBack.state).toEqual(outdatedOf('u2', DEADLINE))
  })

  it('keeps the first deadline of the negotiated candidates, however often the servers change during an offer', () => {
    let record = recordIn(current, { localUfrag: 'u2' })
    for (let i = 0; i < 20; i++) {
      const deadline = DEADLINE + i * 1000
      const pendingOffer = written('u2', { negotiatedUfrag: 'u1', isStable: false, deadline })
      record = nextRestartState(record, pendingOffer, CONTEXT)[0]
    }
    expect(nextRestartState(record, signaling('u1'), CONTEXT)[0].state).toEqual(outdatedOf('u1', DEADLINE))
  })

  it('remembers the candidates of at most ten offers', () => {
    let record = recordIn(current)
    for (let i = 0; i < 50; i++)
      [record] = nextRestartState(record, written(`x${i}`, { isStable: false }), CONTEXT)
    expect(record.replaced).toHaveLength(10)
  })

  it('forgets replaced candidates when a negotiation with newer ones is complete', () => {
    expect(nextRestartState(recordIn(offered), signaling('u2'), CONTEXT)[0].replaced).toEqual([])
    expect(nextRestartState(recordIn(offered), signaling('u2', false), CONTEXT)[0].replaced).toEqual([
      candidates,
    ])
  })

  it('forgets rejected credentials when new candidates are gathered', () => {
    const areRejected = recordIn(outdated, { areCredentialsRejected: true })
    expect(nextRestartState(areRejected, signaling('u1'), CONTEXT)[0].areCredentialsRejected).toBe(true)
    expect(nextRestartState(areRejected, signaling('u2'), CONTEXT)[0].areCredentialsRejected).toBe(false)
  })

  it('gives up a request that fails again and again after the deadline, until the connection is lost', () => {
    const context = { ...CONTEXT, now: DEADLINE }
    const failedOften = { ...pending, failedAttempts: 2 }
    const requestedAt = MONOTONIC - 5000
    const failing = recordIn({ name: 'requested', pending: failedOften, requestedAt })
    const [record, ...effects] = nextRestartState(failing, requestFailed, context)
    expect(record.state).toEqual({
      name: 'requested',
      pending: { ...pending, failedAttempts: 3 },
      requestedAt,
    })
    expect(effects).toEqual([])
    const lost = checked('u1', { iceState: 'disconnected' })
    expect(nextRestartState(record, lost, context)[1]).toEqual(reserve)
  })

  it('restarts an unconnected connection whose credentials were rejected', () => {
    const [record] = nextRestartState(recordIn(current), rejected, CONTEXT)
    const [afterChange] = nextRestartState(record, written('u1'), CONTEXT)
    const [, effect] = nextRestartState(afterChange, checked('u1', { iceState: 'checking' }), CONTEXT)
    expect(effect).toEqual(reserve)
  })
})
