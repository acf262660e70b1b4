/** The events of a connection, and what is recorded of them. */
import { describe, expect, it } from 'vitest'
import { historyOf } from '../../src/connection-history.js'
import { type ConnectionEvent, observeConnection } from '../../src/peer/connection-observer.js'
import { createFakeConnection } from '../support/fake-connection.js'

function observe() {
  const pc = Object.assign(new EventTarget(), createFakeConnection(), { iceGatheringState: 'new' })
  const listening = new Set<string>()
  pc.addEventListener = (type, listener) => {
    listening.add(type)
    EventTarget.prototype.addEventListener.call(pc, type, listener as EventListener)
  }
  pc.removeEventListener = (type, listener) => {
    listening.delete(type)
    EventTarget.prototype.removeEventListener.call(pc, type, listener as EventListener)
  }
  const events: ConnectionEvent[] = []
  const stop = observeConnection(pc, (event) => events.push(event))
  const fire = (type: string, members = {}) => pc.dispatchEvent(Object.assign(new Event(type), members))
  return { pc, events, stop, fire, listening }
}

const TURN_URL = 'turn:t.org:3478?transport=udp'

describe('observeConnection', () => {
  it.each([
    [401, TURN_URL, 'credentials-rejected'],
    [486, TURN_URL, 'quota-reached'],
    [701, TURN_URL, 'server-unreachable'],
    [701, 'turns:t.org:443?transport=tcp', 'server-unreachable'],
  ])('turns the candidate error %i of %s into %s', (errorCode, url, type) => {
    const { events, fire } = observe()
    fire('icecandidateerror', { url, errorCode })
    expect(events).toEqual([{ type, url, stunCode: errorCode }])
  })

  it.each([
    [701, 'stun:s.org:3478'],
    [500, TURN_URL],
    [500, 'stun:s.org:3478'],
  ])('records the candidate error %i of %s, and emits nothing for it', (errorCode, url) => {
    const { pc, events, fire } = observe()
    fire('icecandidateerror', { url, errorCode })
    expect(events).toEqual([])
    expect(historyOf(pc)?.candidateErrors).toMatchObject([{ url, code: errorCode }])
  })

  it('records when gathering begins and is complete, and emits nothing for it', () => {
    const { pc, events, fire } = observe()
    for (const state of ['gathering', 'complete']) {
      pc.iceGatheringState = state
      fire('icegatheringstatechange')
    }
    const { gatheringAt, gatheredAt } = historyOf(pc) ?? {}
    expect([gatheringAt, gatheredAt]).toEqual([expect.any(Number), expect.any(Number)])
    expect(events).toEqual([])
  })

  it('records the end of gathering no longer, and emits nothing, after it has been stopped', () => {
    const { pc, events, stop, fire, listening } = observe()
    stop()
    pc.iceGatheringState = 'gathering'
    fire('icegatheringstatechange')
    fire('iceconnectionstatechange')
    fire('signalingstatechange')
    fire('icecandidateerror', { url: TURN_URL, errorCode: 701 })
    expect(events).toEqual([])
    expect(historyOf(pc)).toMatchObject({ isComplete: false, gatheringAt: undefined, candidateErrors: [] })
    expect([...listening]).toEqual([])
  })
})
