/** In-band negotiations when messages are late, operations of the app are running, or both peers fail. */
import { describe, expect, it, vi } from 'vitest'
import { answerOf, offerOf, useBrowserConnections } from '../support/fake-browser-connection.js'
import {
  connectInBand,
  createEnd,
  createPair,
  deliver,
  FakeDataConnection,
  sentBy,
  settled,
  stateOf,
} from '../support/in-band-pair.js'
import { advance, SECOND } from '../support/time.js'

useBrowserConnections()

type Peer = Awaited<ReturnType<typeof createPair>>['a']

/** Returns the latest message of a type that a peer has sent. */
const lastOf = (peer: Peer, type: string) =>
  sentBy(peer)
    .filter((message) => message.type === type)
    .at(-1)

/** What the peer sends does not arrive from now on. */
function silence({ pc }: Peer): void {
  if (pc.inBandChannel) pc.inBandChannel.remote = undefined
}

/** Starts a restart that stays without an answer, and resolves when its offer has been sent. */
async function offerOfRestart(peer: Peer) {
  const result = settled(peer.negotiator.restart())
  await advance(SECOND)
  return { result, negotiation: lastOf(peer, 'offer').negotiation as string }
}

describe('messages of another negotiation', () => {
  it('do not end the current one, and do not change it', async () => {
    const { a, b } = await createPair()
    silence(b)
    const first = await offerOfRestart(a)
    await advance(10 * SECOND)
    expect(await first.result).toMatch(/did not answer/)
    const second = await offerOfRestart(a)
    expect(second.negotiation).not.toBe(first.negotiation)

    const { negotiation } = first
    deliver(a, { type: 'busy', negotiation })
    deliver(a, { type: 'answer', negotiation, sdp: answerOf('r7').sdp })
    deliver(a, { type: 'candidate', negotiation, candidate: { candidate: 'late' } })
    await advance(10)
    expect(stateOf(a)).toBe('have-local-offer')
    expect(a.pc.remoteCandidates).toEqual([])

    deliver(a, { type: 'candidate', negotiation: second.negotiation, candidate: { candidate: 'new' } })
    deliver(a, { type: 'answer', negotiation: second.negotiation, sdp: answerOf('r8').sdp })
    await advance(10)
    expect(await second.result).toBe('done')
    expect(a.pc.remoteCandidates).toEqual([{ candidate: 'new' }])
  })

  it('are ignored when there is no negotiation', async () => {
    const setRemoteDescription = vi.spyOn(FakeDataConnection.prototype, 'setRemoteDescription')
    const { a } = await createPair()
    const result = settled(a.negotiator.restart())
    await advance(10)
    expect(await result).toBe('done')
    const { negotiation } = lastOf(a, 'offer')
    setRemoteDescription.mockClear()
    deliver(a, { type: 'answer', negotiation, sdp: answerOf('r7').sdp })
    deliver(a, { type: 'busy', negotiation })
    await advance(10)
    expect(setRemoteDescription).not.toHaveBeenCalled()
    expect(a.pc.signalingState).toBe('stable')
  })
})

describe('offers of both peers at once', () => {
  async function collide() {
    const { a, b } = await createPair()
    silence(a)
    silence(b)
    const results = [settled(a.negotiator.restart()), settled(b.negotiator.restart())]
    await advance(SECOND)
    connectInBand(a.pc, b.pc)
    return { a, b, results }
  }

  it('make the polite peer roll back, and not the other one', async () => {
    const setLocalDescription = vi.spyOn(FakeDataConnection.prototype, 'setLocalDescription')
    const { a, b, results } = await collide()
    setLocalDescription.mockClear()
    deliver(a, lastOf(b, 'offer'))
    deliver(b, lastOf(a, 'offer'))
    await advance(10)
    expect(await Promise.all(results)).toEqual(['done', 'done'])
    const rollbacks = setLocalDescription.mock.contexts.filter(
      (_, index) => setLocalDescription.mock.calls[index]?.[0]?.type === 'rollback',
    )
    expect(rollbacks).toEqual([b.pc])
  })

  it('reject both restarts if the polite peer cannot answer', async () => {
    const { a, b, results } = await collide()
    b.pc.failing.add('createAnswer')
    deliver(b, lastOf(a, 'offer'))
    await advance(10)
    expect(await results[0]).toMatch(/does not answer now/)
    expect(await results[1]).toBe('createAnswer failed')
    b.pc.failing.clear()
    const next = settled(a.negotiator.restart())
    await advance(10)
    expect(await next).toBe('done')
  })
})

describe('an in-band negotiation that has ended', () => {
  it('leaves the events of the app alone', async () => {
    const { a, b } = await createPair()
    const result = settled(a.negotiator.restart())
    await advance(10)
    expect(await result).toBe('done')
    for (const { pc, seen } of [a, b]) {
      expect(seen).toEqual([])
      await pc.setLocalDescription()
      expect(seen[0]).toBe('have-local-offer')
    }
  })

  it('leaves both peers ready for the next one after the remote peer could not answer', async () => {
    const { a, b } = await createPair()
    b.pc.failing.add('createAnswer')
    const failed = settled(a.negotiator.restart())
    await advance(SECOND)
    expect(await failed).toMatch(/does not answer now/)
    b.pc.failing.clear()
    const next = settled(b.negotiator.restart())
    await advance(SECOND)
    await advance(10)
    expect(await next).toBe('done')
  })

  it('hides no event any more after it has been stopped', async () => {
    const { a, b } = await createPair()
    silence(b)
    const { result } = await offerOfRestart(a)
    a.negotiator.stop()
    await advance(1100)
    expect(await result).toBe('the connection is detached')
    a.pc.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate: null }))
    expect(a.seen).toContain('icecandidate')
  })
})

describe('the candidates of an in-band negotiation', () => {
  it('are sent, but not the end of them, and nothing after the channel has closed', async () => {
    const { a, b } = await createPair()
    silence(b)
    await offerOfRestart(a)
    const { sent } = a.pc.inBandChannel ?? { sent: [] }
    const count = sent.length
    a.pc.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate: null }))
    expect(sent).toHaveLength(count)
    const candidate = { usernameFragment: 'u2', toJSON: () => ({ candidate: 'second' }) }
    a.pc.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate }))
    expect(JSON.parse(sent.at(-1) ?? '')).toMatchObject({
      type: 'candidate',
      candidate: { candidate: 'second' },
    })
    a.pc.inBandChannel?.close()
    a.pc.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate }))
    expect(sent).toHaveLength(count + 1)
    expect(a.seen).toEqual([])
  })
})

describe('an in-band restart and the operations of the app', () => {
  it('is given up at once if the connection is closed', async () => {
    const { a } = await createPair()
    await a.pc.setLocalDescription()
    const result = settled(a.negotiator.restart())
    await advance(10)
    a.pc.close()
    await advance(100)
    expect(await Promise.race([result, 'still waiting'])).toBe('the app negotiates itself')
  })

  it('waits for an operation that is running', async () => {
    let finish = () => {}
    vi.spyOn(FakeDataConnection.prototype, 'addIceCandidate').mockReturnValueOnce(
      new Promise<void>((resolve) => {
        finish = resolve
      }),
    )
    const { a } = await createPair()
    void a.pc.addIceCandidate({ candidate: 'of the app' })
    const result = settled(a.negotiator.restart())
    await advance(SECOND)
    expect(lastOf(a, 'offer')).toBeUndefined()
    finish()
    await advance(SECOND)
    expect(await result).toBe('done')
  })

  it.each([
    ['a candidate', (pc: FakeDataConnection) => pc.addIceCandidate({ candidate: 'of the app' })],
    [
      'a whole negotiation',
      async (pc: FakeDataConnection) => {
        await pc.createOffer()
        await pc.setLocalDescription(offerOf('u1'))
        await pc.setRemoteDescription(answerOf('r1'))
      },
    ],
  ])('does not wait after %s', async (_what, operate) => {
    const { a } = await createPair()
    await operate(a.pc)
    const result = settled(a.negotiator.restart())
    await advance(10)
    expect(await Promise.race([result, 'still waiting'])).toBe('done')
  })

  it('is rejected if there is no channel, and the app can negotiate', async () => {
    const { negotiator, pc } = createEnd(0.5, false)
    const result = settled(negotiator.restart())
    await advance(10)
    expect(await Promise.race([result, 'still waiting'])).toBe('the in-band channel is closed')
    expect(pc.offers).toEqual([])
    await pc.setLocalDescription()
    expect(pc.signalingState).toBe('have-local-offer')
  })

  it('is rolled back if the channel closes meanwhile', async () => {
    const { a, b } = await createPair()
    silence(b)
    const { result } = await offerOfRestart(a)
    a.pc.inBandChannel?.close()
    await advance(10)
    expect(await Promise.race([result, 'still waiting'])).toBe('the in-band channel is closed')
    expect(a.pc.signalingState).toBe('stable')
  })
})
