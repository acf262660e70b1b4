/** The negotiations over the in-band channel, with fake connections. */
import { describe, expect, it, vi } from 'vitest'
import { type InBandConnection, InBandNegotiator } from '../../src/peer/in-band/negotiator.js'
import { offerOf, ufragOf, useBrowserConnections } from '../support/fake-browser-connection.js'
import { FakeDataConnection, openInBand } from '../support/in-band-pair.js'
import { advance, SECOND } from '../support/time.js'

useBrowserConnections()

/** Creates one end. `random` decides whether it is preferred. */
function createEnd(random: number, isForced = true) {
  const pc = new FakeDataConnection()
  const onMissing = vi.fn()
  vi.spyOn(Math, 'random').mockReturnValueOnce(random)
  const connection = pc as unknown as InBandConnection
  const negotiator = new InBandNegotiator(connection, isForced, () => performance.now(), onMissing)
  const seen: string[] = []
  pc.addEventListener('signalingstatechange', () => seen.push(pc.signalingState))
  pc.addEventListener('icecandidate', () => seen.push('icecandidate'))
  return { pc, negotiator, onMissing, seen }
}

async function createPair() {
  const [a, b] = [createEnd(0.9), createEnd(0.1)]
  openInBand(a.pc, b.pc)
  await advance(0)
  return { a, b }
}

const settled = (promise: Promise<void>) =>
  promise.then(
    () => 'done',
    ({ message }) => message as string,
  )

const messagesOf = ({ pc }: { pc: FakeDataConnection }) =>
  (pc.inBandChannel?.sent ?? []).map((data) => JSON.parse(data).type as string)

describe('an in-band restart', () => {
  it('restarts ICE at both ends, and neither app sees it', async () => {
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

  it('is made by the preferred peer if both want one', async () => {
    const { a, b } = await createPair()
    const results = [settled(b.negotiator.restart()), settled(a.negotiator.restart())]
    await advance(SECOND)
    await advance(10)
    expect(await Promise.all(results)).toEqual(['done', 'done'])
    expect([a.pc.offers, b.pc.offers]).toEqual([['u2'], []])
  })

  it('is made by the other peer if only that one wants it', async () => {
    const { a, b } = await createPair()
    const result = settled(b.negotiator.restart())
    await advance(SECOND)
    await advance(10)
    expect(await result).toBe('done')
    expect([a.pc.offers, b.pc.offers]).toEqual([[], ['u2']])
  })

  it('survives offers of both peers at once: the one that is not preferred rolls back', async () => {
    const { a, b } = await createPair()
    const later = settled(b.negotiator.restart())
    await advance(SECOND - 1)
    const first = settled(a.negotiator.restart())
    await vi.advanceTimersByTimeAsync(1)
    await advance(20)
    expect(await Promise.all([first, later])).toEqual(['done', 'done'])
    expect([a.pc.signalingState, b.pc.signalingState]).toEqual(['stable', 'stable'])
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
    a.negotiator.stop()
    expect(await result).toBe('the connection is detached')
  })

  it('makes operations of the app wait until it is negotiated', async () => {
    const { a } = await createPair()
    const order: string[] = []
    const result = a.negotiator.restart().then(() => order.push('restarted'))
    await vi.advanceTimersByTimeAsync(0)
    const offered = a.pc.createOffer().then(() => order.push('created'))
    await advance(10)
    await Promise.all([result, offered])
    expect(order).toEqual(expect.arrayContaining(['restarted', 'created']))
    expect(a.pc.offers).toEqual(['u2'])
  })

  it('lets events of the app’s own negotiations through', async () => {
    const { a } = await createPair()
    await a.pc.setLocalDescription()
    expect(a.seen).toEqual(['have-local-offer', 'icecandidate'])
  })
})

describe('the in-band channel', () => {
  it('is created beside the first channel of the app, and hidden from its statistics', async () => {
    const { pc, negotiator } = createEnd(0.5, false)
    expect(pc.channels).toEqual([])
    expect(negotiator.state).toBe('closed')
    pc.createDataChannel('app')
    expect(pc.channels.map(({ label }) => label)).toEqual(['app', 'turnkeeper'])
    expect(pc.inBandChannel?.options).toMatchObject({ negotiated: true, id: 1007 })
    pc.createDataChannel('second')
    expect(pc.channels).toHaveLength(3)
    expect(await pc.getStats()).toBeInstanceOf(Map)
  })

  it('is created when the remote peer offers a data section', async () => {
    const { pc } = createEnd(0.5, false)
    const { sdp } = offerOf('r2')
    pc.remoteDescription = {
      type: 'offer',
      sdp: `${sdp}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n`,
    }
    pc.dispatchEvent(new Event('signalingstatechange'))
    expect(pc.inBandChannel).toBeDefined()
  })

  it('is missing if the remote peer sends nothing for ten seconds, and found if it does so later', async () => {
    const { pc, negotiator, onMissing } = createEnd(0.5)
    pc.inBandChannel?.open()
    const available = negotiator.isAvailable()
    expect(negotiator.state).toBe('opening')
    await advance(10 * SECOND)
    expect(await available).toBe(false)
    expect(onMissing).toHaveBeenCalledOnce()
    pc.inBandChannel?.receive('{"type":"offer","negotiation":"n","sdp":""}')
    pc.inBandChannel?.receive('{"type":"hello","id":0.1}')
    expect(negotiator.state).toBe('open')
    expect(await negotiator.isAvailable()).toBe(true)
  })

  it('is closed with the negotiations, and the methods of the connection are restored', async () => {
    const { a } = await createPair()
    a.negotiator.stop()
    expect(a.negotiator.state).toBe('closed')
    expect(a.pc.inBandChannel?.readyState).toBe('closed')
    expect(Object.keys(a.pc).filter((name) => typeof Reflect.get(a.pc, name) === 'function')).toEqual([
      'getStats',
    ])
    expect(await a.negotiator.isAvailable()).toBe(false)
  })
})
