/** The negotiations over the in-band channel, with fake connections. */
import { describe, expect, it } from 'vitest'
import { ufragOf, useBrowserConnections } from '../support/fake-browser-connection.js'
import {
  connectInBand,
  createPair,
  type FakeDataChannel,
  type FakeDataConnection,
  sentBy,
  settled,
  stateOf,
} from '../support/in-band-pair.js'
import { advance, SECOND } from '../support/time.js'

useBrowserConnections()

const messagesOf = (peer: { readonly pc: FakeDataConnection }) =>
  sentBy(peer).map(({ type }) => type as string)

describe('an in-band restart', () => {
  it('restarts ICE on both peers, and neither app sees it', async () => {
    const { a, b } = await createPair()
    expect([a.negotiator.state, b.negotiator.state]).toEqual(['open', 'open'])
    const result = settled(a.negotiator.restart())
    await advance(10)
    expect(await result).toBe('done')
    expect(ufragOf(a.pc.currentLocalDescription)).toBe('u2')
    expect(ufragOf(b.pc.currentLocalDescription)).toBe('u2')
    expect([...a.seen, ...b.seen]).toEqual([])
    expect([messagesOf(a), messagesOf(b)]).toEqual([
      ['hello', 'hello', 'candidate', 'offer'],
      ['hello', 'hello', 'answer'],
    ])
  })

  it('makes one offer for two requests at the same time', async () => {
    const { a } = await createPair()
    const results = [settled(a.negotiator.restart()), settled(a.negotiator.restart())]
    await advance(10)
    expect(await Promise.all(results)).toEqual(['done', 'done'])
    expect(a.pc.offers).toEqual(['u2'])
  })

  it('is made by the impolite peer if both want one', async () => {
    const { a, b } = await createPair()
    const results = [settled(b.negotiator.restart()), settled(a.negotiator.restart())]
    await advance(SECOND)
    await advance(10)
    expect(await Promise.all(results)).toEqual(['done', 'done'])
    expect([a.pc.offers, b.pc.offers]).toEqual([['u2'], []])
  })

  it('is made by the polite peer if only that one wants it', async () => {
    const { a, b } = await createPair()
    const result = settled(b.negotiator.restart())
    await advance(SECOND)
    await advance(10)
    expect(await result).toBe('done')
    expect([a.pc.offers, b.pc.offers]).toEqual([[], ['u2']])
  })

  it('survives offers of both peers at once: the polite one rolls back', async () => {
    const { a, b } = await createPair()
    const [ofA, ofB] = [a.pc.inBandChannel, b.pc.inBandChannel] as [FakeDataChannel, FakeDataChannel]
    ofA.remote = ofB.remote = undefined
    const results = [settled(a.negotiator.restart()), settled(b.negotiator.restart())]
    await advance(SECOND)
    expect([stateOf(a), stateOf(b)]).toEqual(['have-local-offer', 'have-local-offer'])
    connectInBand(a.pc, b.pc)
    ofA.receive(ofB.sent.at(-1))
    ofB.receive(ofA.sent.at(-1))
    await advance(10)
    expect(await Promise.all(results)).toEqual(['done', 'done'])
    expect([a.pc.signalingState, b.pc.signalingState]).toEqual(['stable', 'stable'])
    expect([messagesOf(a), messagesOf(b)].map((types) => types.includes('answer'))).toEqual([false, true])
  })

  it('hides the end of gathering of an offer that was rolled back, in Firefox', async () => {
    const { a, b } = await createPair()
    if (b.pc.inBandChannel) b.pc.inBandChannel.remote = undefined
    const result = settled(a.negotiator.restart())
    await advance(11 * SECOND)
    await result
    expect(ufragOf(a.pc.localDescription)).toBe('u1')
    a.pc.completeGathering(false)
    expect(a.seen).toEqual([])
    await a.pc.setLocalDescription()
    a.pc.completeGathering(false)
    expect(a.seen).toEqual(['have-local-offer', 'icecandidate', 'icecandidate'])
  })

  it('waits for the negotiation of the app, and is given up if that takes too long', async () => {
    const { a } = await createPair()
    await a.pc.setLocalDescription()
    const result = settled(a.negotiator.restart())
    await advance(4 * SECOND)
    expect(messagesOf(a)).not.toContain('offer')
    await advance(2 * SECOND)
    expect(await result).toBe('the app negotiates itself')
  })

  it('waits for an offer that the app has created and not applied yet', async () => {
    const { a } = await createPair()
    await a.pc.createOffer()
    const result = settled(a.negotiator.restart())
    await advance(SECOND)
    expect(messagesOf(a)).not.toContain('offer')
    await advance(2 * SECOND)
    expect(await result).toBe('done')
  })

  it('is rejected if the app of the remote peer negotiates, and is rolled back', async () => {
    const { a, b } = await createPair()
    await b.pc.setLocalDescription()
    const result = settled(a.negotiator.restart())
    await advance(3 * SECOND)
    expect(await result).toMatch(/its app negotiates itself/)
    expect(a.pc.signalingState).toBe('stable')
    expect(messagesOf(b)).toContain('busy')
  })

  it('is rejected if there is no answer, and is rolled back', async () => {
    const { a, b } = await createPair()
    if (b.pc.inBandChannel) b.pc.inBandChannel.remote = undefined
    const result = settled(a.negotiator.restart())
    await advance(11 * SECOND)
    expect(await result).toBe('the remote peer did not answer the in-band offer')
    expect(a.pc.signalingState).toBe('stable')
  })

  it('is rejected if the remote peer fails to answer, and both roll back', async () => {
    const { a, b } = await createPair()
    b.pc.failing.add('createAnswer')
    const result = settled(a.negotiator.restart())
    await advance(SECOND)
    expect(await result).toMatch(/does not answer now/)
    expect([a.pc.signalingState, b.pc.signalingState]).toEqual(['stable', 'stable'])
  })

  it('is rejected if the offer cannot be created, and later ones succeed', async () => {
    const { a } = await createPair()
    a.pc.failing.add('createOffer')
    const rejected = settled(a.negotiator.restart())
    await advance(SECOND)
    expect(await rejected).toBe('createOffer failed')
    a.pc.failing.clear()
    const result = settled(a.negotiator.restart())
    await advance(SECOND)
    expect(await result).toBe('done')
  })

  it('is rejected if the answer cannot be applied, and is rolled back', async () => {
    const { a } = await createPair()
    a.pc.failing.add('setRemoteDescription')
    const result = settled(a.negotiator.restart())
    await advance(SECOND)
    expect(await result).toBe('setRemoteDescription failed')
    expect(a.pc.signalingState).toBe('stable')
  })

  it('is rejected if the connection is detached', async () => {
    const { a, b } = await createPair()
    if (b.pc.inBandChannel) b.pc.inBandChannel.remote = undefined
    const result = settled(a.negotiator.restart())
    await advance(SECOND)
    expect(stateOf(a)).toBe('have-local-offer')
    a.negotiator.stop()
    await advance(900)
    expect(stateOf(a)).toBe('have-local-offer')
    await advance(200)
    expect(await result).toBe('the connection is detached')
    expect([stateOf(a), a.seen]).toEqual(['stable', []])
    expect(messagesOf(a).at(-1)).toBe('cancel')
    expect(a.pc.inBandChannel?.readyState).toBe('closed')
  })

  it('makes operations of the app wait until it is negotiated', async () => {
    const { a, b } = await createPair()
    if (b.pc.inBandChannel) b.pc.inBandChannel.remote = undefined
    const result = settled(a.negotiator.restart())
    await advance(SECOND)
    let isCreated = false
    const created = a.pc.createOffer().then(() => {
      isCreated = true
    })
    await advance(SECOND)
    expect([stateOf(a), isCreated]).toEqual(['have-local-offer', false])
    await advance(10 * SECOND)
    await created
    expect([a.pc.signalingState, isCreated]).toEqual(['stable', true])
    expect(await result).toMatch(/did not answer/)
  })

  it('lets events of the app’s own negotiations through', async () => {
    const { a } = await createPair()
    await a.pc.setLocalDescription()
    expect(a.seen).toEqual(['have-local-offer', 'icecandidate'])
  })
})
