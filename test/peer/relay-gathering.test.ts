/** When the relay candidates of an offer are known, and which listeners wait for them. */
import { describe, expect, it, vi } from 'vitest'
import { observeRelayCandidates } from '../../src/peer/relay-candidates.js'
import { FakeBrowserConnection, useBrowserConnections } from '../support/fake-browser-connection.js'
import { advance, SECOND } from '../support/time.js'

useBrowserConnections()

/** Counts the listeners of each event. */
class CountingConnection extends FakeBrowserConnection {
  readonly listeners = new Map<string, Set<unknown>>()

  override addEventListener(type: string, listener: EventListener): void {
    this.listeners.set(type, (this.listeners.get(type) ?? new Set()).add(listener))
    super.addEventListener(type, listener)
  }

  override removeEventListener(type: string, listener: EventListener): void {
    this.listeners.get(type)?.delete(listener)
    super.removeEventListener(type, listener)
  }

  get listening(): string[] {
    return [...this.listeners].filter(([, { size }]) => size > 0).map(([type]) => type)
  }
}

/** Makes an offer that restarts ICE, for which the TURN server has not responded yet, and waits for its candidates. */
async function waitForRelay() {
  const pc = new CountingConnection()
  pc.turnServer = 'is silent'
  const relays = observeRelayCandidates(pc)
  await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }))
  const onResult = vi.fn()
  void relays.wait().then(onResult)
  return { pc, relays, onResult }
}

describe('observeRelayCandidates', () => {
  it('resolves with the event of the relay candidate, before the next poll', async () => {
    const { pc, onResult } = await waitForRelay()
    pc.completeGathering(true)
    await advance(0)
    expect(onResult).toHaveBeenCalledExactlyOnceWith(true)
  })

  it('goes on waiting after a candidate that is not relayed', async () => {
    const { pc, onResult } = await waitForRelay()
    pc.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate: { type: 'host' } }))
    await advance(SECOND)
    expect(onResult).not.toHaveBeenCalled()
    pc.completeGathering(true)
    await advance(0)
    expect(onResult).toHaveBeenCalledExactlyOnceWith(true)
  })

  it('resolves with false as soon as the offer is rolled back', async () => {
    const { pc, relays, onResult } = await waitForRelay()
    pc.currentLocalDescription = { type: 'offer', sdp: 'v=0\r\na=ice-ufrag:u1\r\n' }
    await pc.setLocalDescription({ type: 'rollback' })
    await advance(0)
    expect(onResult).toHaveBeenCalledExactlyOnceWith(false)
    expect(relays.hasCandidate()).toBe(false)
  })

  it('removes its listeners: those that wait with the result, and the last one when it is stopped', async () => {
    const { pc, relays } = await waitForRelay()
    expect(pc.listening).toEqual(['icecandidate', 'signalingstatechange'])
    pc.completeGathering(false)
    await advance(0)
    expect(pc.listening).toEqual(['icecandidate'])
    expect(pc.listeners.get('icecandidate')).toHaveProperty('size', 1)
    relays.stop()
    expect(pc.listening).toEqual([])
  })

  it('finds no candidate in a connection without a local description', () => {
    const pc = new FakeBrowserConnection()
    pc.localDescription = null
    expect(observeRelayCandidates(pc).hasCandidate()).toBe(false)
  })
})
