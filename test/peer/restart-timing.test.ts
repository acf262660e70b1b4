import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { IceServerProvider } from '../../src/index.js'
import {
  createAttachedProvider,
  createConnection,
  NEW,
  NEWER,
  OFFER_MS,
  OLD,
  pinSelectedPair,
  SETTLED_MS,
} from '../support/attached-provider.js'
import { advance, NOW, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

type Connection = ReturnType<typeof createConnection>

const createMany = (count: number) => Array.from({ length: count }, () => createConnection())
const countRestarted = (all: readonly Connection[]) =>
  all.filter((pc) => pc.restartIce.mock.calls.length > 0).length

describe('attach() and the time of a restart', () => {
  it('restarts after the previous restart has switched the selected pair, or after twenty seconds', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = createConnection()
    pinSelectedPair(pc, 'u1')
    attach(pc)
    pc.negotiate() // to u2
    await rotate()
    await advance(5 * SECOND)
    expect(pc.restartIce).not.toHaveBeenCalled()
    pinSelectedPair(pc, 'u2')
    await advance(SECOND)
    expect(pc.restartIce).toHaveBeenCalledOnce()
    pc.negotiate() // to u3, which the selected pair never reaches
    await rotate(NEWER)
    await advance(19 * SECOND)
    expect(pc.restartIce).toHaveBeenCalledOnce()
    await advance(2 * SECOND)
    expect(pc.restartIce).toHaveBeenCalledTimes(2)
  })

  it.each(['rejected', 'failed'])(
    'restarts within three seconds after a restart whose outcome was %s',
    async (outcome) => {
      const { attach, rotate } = await createAttachedProvider()
      const pc = createConnection()
      pinSelectedPair(pc, 'u1')
      attach(pc)
      await rotate()
      await advance(OFFER_MS)
      pc.restartIce.mockClear()
      pc.negotiate() // to u2, which the selected pair never reaches
      if (outcome === 'rejected') pc.rejectCredentials('turn:new')
      else pc.changeIceState('failed')
      await rotate(NEWER)
      await advance(SETTLED_MS)
      expect(pc.restartIce).toHaveBeenCalledOnce()
    },
  )

  it('does not restart within two seconds after a negotiation, which would cost Firefox the connection', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = createConnection()
    attach(pc)
    await advance(SECOND)
    pc.negotiate() // the remote peer restarted
    await advance(1)
    await rotate()
    pc.changeIceState('completed')
    await advance(1500)
    pc.changeIceState('connected')
    await advance(400)
    expect(pc.restartIce).not.toHaveBeenCalled()
    await advance(SECOND)
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it('does not restart a connection that has restarted by itself in the meantime', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const [first, second] = [createConnection(), createConnection()]
    attach(first)
    attach(second)
    await rotate()
    await advance(700)
    second.negotiate()
    await advance(SETTLED_MS)
    expect(first.restartIce).toHaveBeenCalledOnce()
    expect(second.restartIce).not.toHaveBeenCalled()
  })

  it('restarts once more if a description was in flight when the servers changed', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const [pc, fresh] = [createConnection(), createConnection()]
    fresh.localDescription = null
    attach(pc)
    attach(fresh)
    await rotate()
    await advance(100)
    pc.negotiate() // created with the previous servers
    fresh.negotiate()
    await advance(SETTLED_MS)
    expect(pc.restartIce).toHaveBeenCalledOnce()
    expect(fresh.restartIce).toHaveBeenCalledOnce()
  })
})

describe('attach() of many connections', () => {
  it('restarts them one after the other, within half of the remaining time', async () => {
    const { attach, rotate } = await createAttachedProvider({ refreshMarginMs: 0 })
    const all = createMany(10)
    for (const pc of all) attach(pc)
    await advance(56 * SECOND - 1) // rotate() takes 1 ms, then 4 s remain
    await rotate(NEW, NOW + 100 * SECOND)
    const counts = []
    for (let i = 0; i < 10; i++) {
      await advance(i === 0 ? OFFER_MS : 200)
      counts.push(countRestarted(all))
    }
    expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('restarts them one after the other at the next rotation as well', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const all = createMany(10)
    for (const pc of all) attach(pc)
    await rotate()
    await advance(10 * SECOND)
    for (const pc of all) {
      pc.negotiate()
      pc.restartIce.mockClear()
    }
    await advance(SETTLED_MS)
    await rotate(NEWER)
    await advance(OFFER_MS)
    expect(countRestarted(all)).toBe(1)
  })

  it('restarts them one after the other even if all connections are lost at once', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const all = createMany(10)
    for (const pc of all) attach(pc)
    await rotate()
    await advance(600)
    for (const pc of all) pc.changeIceState('disconnected')
    await advance(100)
    expect(countRestarted(all)).toBe(1)
    await advance(10 * SECOND)
    expect(countRestarted(all)).toBe(10)
  })

  it('restarts them one after the other even if the deadline has passed', async () => {
    const { attach, rotate } = await createAttachedProvider({ refreshMarginMs: 0 })
    const all = createMany(3)
    await advance(61 * SECOND)
    for (const pc of all) attach(pc)
    await rotate()
    await advance(OFFER_MS)
    expect(countRestarted(all)).toBe(1)
    await advance(100)
    expect(countRestarted(all)).toBe(3)
  })

  it('restarts them one after the other although the first response arrived within a millisecond', async () => {
    const respond = (username: string) => ({
      iceServers: [{ urls: ['turn:t.org'], username, credential: 'c' }],
      ttl: 60,
    })
    let response = respond('first')
    // The clock stands still, so no time is left for restarts, and no connection is attached yet.
    const provider = new IceServerProvider(() => response, { minRefreshIntervalMs: 1, random: () => 0 })
    await provider.getConfiguration()
    const all = Array.from({ length: 20 }, () => createConnection({ iceServers: OLD }))
    for (const pc of all) provider.attach(pc)
    await advance(2 * SECOND)
    for (const pc of all) {
      pc.negotiate()
      pc.restartIce.mockClear()
    }
    await advance(SETTLED_MS)
    response = respond('second')
    await provider.refresh()
    await advance(OFFER_MS)
    expect(countRestarted(all)).toBe(1)
    await advance(20 * SECOND)
    expect(countRestarted(all)).toBe(20)
    provider.close()
  })
})
