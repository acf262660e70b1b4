/** When an in-band offer is made, answered, canceled and rolled back. */
import { describe, expect, it } from 'vitest'
import { answerOf, ufragOf, useBrowserConnections } from '../support/fake-browser-connection.js'
import {
  createPair,
  createPoliteEnd,
  createSilentPair,
  deliver,
  deliverOffer,
  followRestart,
  sentBy,
  settled,
  stateOf,
} from '../support/in-band-pair.js'
import { advance, SECOND } from '../support/time.js'

useBrowserConnections()

describe('an in-band offer', () => {
  it('passes the restart that another provider waits for', async () => {
    const { a } = await createPair()
    followRestart(a, false)
    const result = settled(a.negotiator.restart())
    await advance(SECOND)
    expect(await Promise.race([result, 'still waiting'])).toBe('done')
  })

  it('is not answered after it was canceled while the app of the remote peer was negotiating', async () => {
    const { a, b, answers } = await createSilentPair()
    await b.pc.createOffer()
    void settled(a.negotiator.restart())
    await advance(100)
    const { negotiation } = sentBy(a).at(-1)
    deliver(b, { type: 'cancel', negotiation })
    await advance(3 * SECOND)
    expect(answers()).toEqual([])
    expect([stateOf(b), ufragOf(b.pc.localDescription)]).toEqual(['stable', 'u1'])
    await b.pc.setLocalDescription()
    expect(b.pc.signalingState).toBe('have-local-offer')
  })

  it('is not answered if it is canceled before the answer is applied', async () => {
    const { b, answers } = await createSilentPair()
    const { createAnswer } = b.pc
    b.pc.createAnswer = async (...args) => {
      deliver(b, { type: 'cancel', negotiation: 'n' })
      return createAnswer.apply(b.pc, args)
    }
    deliverOffer(b, 'n')
    await advance(10)
    expect(answers()).toEqual([])
    expect([stateOf(b), ufragOf(b.pc.localDescription)]).toEqual(['stable', 'u1'])
  })

  it('is not answered any more after the connection is detached', async () => {
    const { b, answers } = await createSilentPair()
    await b.pc.createOffer()
    deliverOffer(b, 'n')
    await advance(100)
    b.negotiator.stop()
    await advance(3 * SECOND)
    expect(answers()).toEqual([])
    expect([stateOf(b), b.seen]).toEqual(['stable', []])
  })

  it('is answered if one before it was canceled late', async () => {
    const { b, answers } = await createSilentPair()
    deliverOffer(b, 'n')
    deliverOffer(b, 'm', 'r3')
    deliver(b, { type: 'cancel', negotiation: 'n' })
    await advance(10)
    expect(answers().map(({ negotiation }) => negotiation)).toEqual(['m'])
    expect(ufragOf(b.pc.remoteDescription)).toBe('r3')
  })

  it('of the polite peer stays if the one of the remote peer is canceled', async () => {
    const end = createPoliteEnd()
    void settled(end.negotiator.restart())
    await advance(SECOND)
    deliverOffer(end, 'n')
    deliver(end, { type: 'cancel', negotiation: 'n' })
    await advance(10)
    expect(stateOf(end)).toBe('have-local-offer')
  })

  it('stays applied if its answer arrives after the connection is detached', async () => {
    const { a } = await createSilentPair()
    const result = settled(a.negotiator.restart())
    await advance(SECOND)
    const { negotiation } = sentBy(a).at(-1)
    a.negotiator.stop()
    await advance(100)
    deliver(a, { type: 'answer', negotiation, sdp: answerOf('r2').sdp })
    await advance(10)
    expect(await result).toBe('done')
    expect([a.pc.signalingState, ufragOf(a.pc.remoteDescription)]).toEqual(['stable', 'r2'])
    expect(a.pc.inBandChannel?.readyState).toBe('closed')
  })

  it('of the polite peer is canceled before it is rolled back for the one of the other peer', async () => {
    const end = createPoliteEnd()
    void settled(end.negotiator.restart())
    await advance(SECOND)
    deliverOffer(end, 'n')
    await advance(10)
    expect(
      sentBy(end)
        .map(({ type }) => type)
        .slice(-3),
    ).toEqual(['offer', 'cancel', 'answer'])
  })

  it('is not made any more after the connection is detached', async () => {
    const { a } = await createPair()
    const { createOffer } = a.pc
    await createOffer({})
    const result = settled(a.negotiator.restart())
    await advance(100)
    a.negotiator.stop()
    await advance(3 * SECOND)
    expect(await result).toBe('the connection is detached')
    expect(a.pc.offers).toEqual([])
    // Other code has overridden the method too, so that it cannot be restored.
    await createOffer({})
  })

  it('is rolled back at once if its restart is given up', async () => {
    const { a } = await createSilentPair()
    const restart = followRestart(a, true)
    void settled(a.negotiator.restart())
    await advance(SECOND)
    void restart.rollBack()
    await advance(10)
    expect([stateOf(a), a.seen]).toEqual(['stable', []])
  })

  it('is rolled back if it cannot be sent', async () => {
    const { a } = await createPair()
    const channel = a.pc.inBandChannel
    if (channel) {
      channel.send = () => {
        throw new DOMException('too large', 'OperationError')
      }
    }
    const result = settled(a.negotiator.restart())
    await advance(11 * SECOND)
    expect(await result).toMatch(/did not answer/)
    expect([stateOf(a), a.seen]).toEqual(['stable', []])
  })

  it('leaves a second to the app to negotiate a transceiver that it has added', async () => {
    const { a } = await createPair()
    const transceivers = [
      { mid: '0', direction: 'sendrecv' },
      { mid: null as string | null, direction: 'sendrecv' },
      { mid: null, direction: 'stopped' },
    ]
    Object.assign(a.pc, { getTransceivers: () => transceivers })
    const waited = settled(a.negotiator.restart())
    await advance(900)
    expect(a.pc.offers).toEqual([])
    await advance(200)
    expect(a.pc.offers).toEqual(['u2'])
    expect(await waited).toBe('done')
    transceivers.splice(1, 1)
    void settled(a.negotiator.restart())
    await advance(10)
    expect(a.pc.offers).toEqual(['u2', 'u3'])
  })
})
