/** When an in-band offer is made, answered, canceled and rolled back. */
import { describe, expect, it } from 'vitest'
import { negotiateRestart } from '../../src/peer/restart-negotiation.js'
import { signalingStateOf } from '../../src/peer/signaling-state.js'
import { answerOf, offerOf, ufragOf, useBrowserConnections } from '../support/fake-browser-connection.js'
import { createEnd, createPair, createSilentPair, settled, stateOf } from '../support/in-band-pair.js'
import { advance, SECOND } from '../support/time.js'

useBrowserConnections()

describe('an in-band offer', () => {
  it('passes the restart that another provider waits for', async () => {
    const { a } = await createPair()
    negotiateRestart(a.pc as never, {
      isOfferedByApp: false,
      needsRelay: false,
      onRejectedAnswer: () => {},
    })
    const result = settled(a.negotiator.restart())
    await advance(SECOND)
    expect(await Promise.race([result, 'still waiting'])).toBe('done')
  })

  it('is not answered after it was canceled while the app of the remote peer was negotiating', async () => {
    const { a, b, answers } = await createSilentPair()
    await b.pc.createOffer()
    void settled(a.negotiator.restart())
    await advance(100)
    const { negotiation } = JSON.parse(a.pc.inBandChannel?.sent.at(-1) ?? '')
    b.pc.inBandChannel?.receive(JSON.stringify({ type: 'cancel', negotiation }))
    await advance(3 * SECOND)
    expect(answers()).toEqual([])
    expect([stateOf(b), ufragOf(b.pc.localDescription)]).toEqual(['stable', 'u1'])
    await b.pc.setLocalDescription()
    expect(b.pc.signalingState).toBe('have-local-offer')
  })

  it('is not answered if it is canceled before the answer is applied', async () => {
    const { b, answers } = await createSilentPair()
    const { createAnswer } = b.pc
    const cancel = JSON.stringify({ type: 'cancel', negotiation: 'n' })
    b.pc.createAnswer = async (...args) => {
      b.pc.inBandChannel?.receive(cancel)
      return createAnswer.apply(b.pc, args)
    }
    b.pc.inBandChannel?.receive(JSON.stringify({ type: 'offer', negotiation: 'n', sdp: offerOf('r2').sdp }))
    await advance(10)
    expect(answers()).toEqual([])
    expect([stateOf(b), ufragOf(b.pc.localDescription)]).toEqual(['stable', 'u1'])
  })

  it('is not answered any more after the connection is detached', async () => {
    const { b, answers } = await createSilentPair()
    await b.pc.createOffer()
    b.pc.inBandChannel?.receive(JSON.stringify({ type: 'offer', negotiation: 'n', sdp: offerOf('r2').sdp }))
    await advance(100)
    b.negotiator.stop()
    await advance(3 * SECOND)
    expect(answers()).toEqual([])
    expect([stateOf(b), b.seen]).toEqual(['stable', []])
  })

  it('is answered if one before it was canceled late', async () => {
    const { b, answers } = await createSilentPair()
    const deliver = (message: object) => b.pc.inBandChannel?.receive(JSON.stringify(message))
    deliver({ type: 'offer', negotiation: 'n', sdp: offerOf('r2').sdp })
    deliver({ type: 'offer', negotiation: 'm', sdp: offerOf('r3').sdp })
    deliver({ type: 'cancel', negotiation: 'n' })
    await advance(10)
    expect(answers().map((data) => JSON.parse(data).negotiation)).toEqual(['m'])
    expect(ufragOf(b.pc.remoteDescription)).toBe('r3')
  })

  it('of the polite peer stays if the one of the remote peer is canceled', async () => {
    const { pc, negotiator } = createEnd(0.1)
    pc.inBandChannel?.open()
    pc.inBandChannel?.receive('{"type":"hello","id":0.9}')
    void settled(negotiator.restart())
    await advance(SECOND)
    pc.inBandChannel?.receive(JSON.stringify({ type: 'offer', negotiation: 'n', sdp: offerOf('r2').sdp }))
    pc.inBandChannel?.receive('{"type":"cancel","negotiation":"n"}')
    await advance(10)
    expect(signalingStateOf(pc as never)).toBe('have-local-offer')
  })

  it('stays applied if its answer arrives after the connection is detached', async () => {
    const { a } = await createSilentPair()
    const result = settled(a.negotiator.restart())
    await advance(SECOND)
    const { negotiation } = JSON.parse(a.pc.inBandChannel?.sent.at(-1) ?? '')
    a.negotiator.stop()
    await advance(100)
    a.pc.inBandChannel?.receive(JSON.stringify({ type: 'answer', negotiation, sdp: answerOf('r2').sdp }))
    await advance(10)
    expect(await result).toBe('done')
    expect([a.pc.signalingState, ufragOf(a.pc.remoteDescription)]).toEqual(['stable', 'r2'])
    expect(a.pc.inBandChannel?.readyState).toBe('closed')
  })

  it('of the polite peer is canceled before it is rolled back for the one of the other peer', async () => {
    const { pc, negotiator } = createEnd(0.1)
    pc.inBandChannel?.open()
    pc.inBandChannel?.receive('{"type":"hello","id":0.9}')
    void settled(negotiator.restart())
    await advance(SECOND)
    pc.inBandChannel?.receive(JSON.stringify({ type: 'offer', negotiation: 'n', sdp: offerOf('r2').sdp }))
    await advance(10)
    const sent = (pc.inBandChannel?.sent ?? []).map((data) => JSON.parse(data).type)
    expect(sent.slice(-3)).toEqual(['offer', 'cancel', 'answer'])
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
    const restart = negotiateRestart(a.pc as never, {
      isOfferedByApp: true,
      needsRelay: false,
      onRejectedAnswer: () => {},
    })
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
