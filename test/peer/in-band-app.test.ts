/** What an app sees of in-band negotiations, and what it can do meanwhile. */
import { describe, expect, it } from 'vitest'
import { signalingStateOf } from '../../src/peer/signaling-state.js'
import { offerOf, useBrowserConnections } from '../support/fake-browser-connection.js'
import {
  createEnd,
  createPair,
  createPoliteEnd,
  createSilentPair,
  deliverOffer,
  FakeDataConnection,
  followRestart,
  sentBy,
  settled,
  stateOf,
} from '../support/in-band-pair.js'
import { advance, SECOND } from '../support/time.js'

useBrowserConnections()

describe('an app, while an in-band offer waits for its answer', () => {
  it('finds a stable connection, and its own negotiation follows', async () => {
    const { a } = await createSilentPair()
    void settled(a.negotiator.restart())
    await advance(SECOND)
    expect([stateOf(a), a.pc.signalingState]).toEqual(['have-local-offer', 'stable'])
    const applied = settled(a.pc.setRemoteDescription(offerOf('r2')))
    await advance(10 * SECOND)
    expect(await applied).toBe('done')
    expect([a.pc.signalingState, a.seen]).toEqual(['have-remote-offer', ['have-remote-offer']])
  })

  it('finds a stable connection at the other end as well', async () => {
    const states: string[] = []
    class Connection extends FakeDataConnection {
      override async createAnswer() {
        states.push(this.signalingState, signalingStateOf(this as never))
        return super.createAnswer()
      }
    }
    const end = createPoliteEnd(new Connection())
    deliverOffer(end, 'n')
    await advance(10)
    expect(states).toEqual(['stable', 'have-remote-offer'])
    expect(sentBy(end).at(-1)).toMatchObject({ type: 'answer' })
  })

  it('cannot roll it back', async () => {
    const { a } = await createSilentPair()
    void settled(a.negotiator.restart())
    await advance(SECOND)
    const rolledBack = settled(a.pc.setLocalDescription({ type: 'rollback' }))
    await advance(SECOND)
    expect(stateOf(a)).toBe('have-local-offer')
    await advance(10 * SECOND)
    expect(await rolledBack).toMatch(/rollback in the wrong state/)
  })

  it('gets a rejection at once from a connection that it has closed', async () => {
    const { a } = await createSilentPair()
    void settled(a.negotiator.restart())
    await advance(SECOND)
    a.pc.close()
    expect(a.pc.signalingState).toBe('closed')
    const rejected = settled(a.pc.createOffer())
    await advance(0)
    expect(await Promise.race([rejected, 'still waiting'])).toBe('an offer in the wrong state')
  })

  it('can request a restart itself, which follows', async () => {
    const { a } = await createSilentPair()
    const restart = followRestart(a, true)
    const offered: Promise<void>[] = []
    a.pc.addEventListener('negotiationneeded', () => offered.push(a.pc.setLocalDescription()))
    void settled(a.negotiator.restart())
    await advance(SECOND)
    a.pc.restartIce()
    expect(offered).toHaveLength(1)
    await advance(11 * SECOND)
    expect(a.pc.signalingState).toBe('have-local-offer')
    expect(a.pc.offers).toEqual(['u2', 'u3'])
    restart.end()
  })

  it('has its own property back after the connection is detached', async () => {
    const { a } = await createPair()
    expect(Object.getOwnPropertyNames(a.pc)).toContain('signalingState')
    a.negotiator.stop()
    a.negotiator.stop()
    expect(Object.getOwnPropertyNames(a.pc)).not.toContain('signalingState')
    expect(a.pc.signalingState).toBe('stable')
  })
})

describe('the end of gathering', () => {
  it('is visible if the app has started it before', async () => {
    const { a } = await createPair()
    a.pc.completeGathering(true)
    expect(a.seen).toEqual(['icecandidate'])
  })

  it('is visible to an app that negotiates after an in-band restart', async () => {
    const { a } = await createPair()
    const result = settled(a.negotiator.restart())
    await advance(10)
    expect(await result).toBe('done')
    a.pc.completeGathering(true)
    expect(a.seen).toEqual([])
    await a.pc.setLocalDescription()
    const count = a.seen.length
    a.pc.completeGathering(true)
    expect(a.seen.slice(count)).toEqual(['icecandidate'])
  })
})

describe("inBand: 'always'", () => {
  it('adds nothing to a new connection before the app makes an offer', async () => {
    const pc = Object.assign(new FakeDataConnection(), {
      localDescription: null,
      currentLocalDescription: null,
      remoteDescription: null,
    })
    createEnd(0.5, true, pc)
    expect(pc.inBandChannel).toBeUndefined()
    await pc.addIceCandidate({})
    expect(pc.inBandChannel).toBeUndefined()
    await pc.setLocalDescription()
    expect(pc.inBandChannel).toBeDefined()
  })

  it('adds the channel before createOffer() too, and not to an answer', async () => {
    const create = (isForced: boolean) => {
      const pc = Object.assign(new FakeDataConnection(), { localDescription: null })
      return createEnd(0.5, isForced, pc).pc
    }
    const [offering, answering, other] = [create(true), create(true), create(false)]
    await offering.createOffer()
    await other.createOffer()
    await answering.setRemoteDescription(offerOf('r2'))
    await answering.createAnswer()
    await answering.setLocalDescription()
    expect([offering, answering, other].map((pc) => pc.inBandChannel !== undefined)).toEqual([
      true,
      false,
      false,
    ])
  })
})
