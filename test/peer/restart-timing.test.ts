import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connected, create, NEW, NEWER, SETTLED_MS, settle } from '../support/attached.js'
import { NOW, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

describe('ICE', () => {
  it('is not restarted before it has moved after the last time, but does not wait for ever', async () => {
    const { attach, apply } = create()
    const pc = connected()
    const { getStats } = pc
    let usernameFragment = 'u1'
    pc.getStats = async () => {
      const stats = await getStats()
      return stats.set('L', Object.assign(stats.get('L') ?? { id: 'L' }, { usernameFragment }))
    }
    attach(pc)
    pc.gather() // to u2
    apply()
    await settle(5 * SECOND)
    expect(pc.restartIce).not.toHaveBeenCalled()
    usernameFragment = 'u2'
    await settle(SECOND)
    expect(pc.restartIce).toHaveBeenCalledOnce()
    pc.gather() // to u3, where it never gets
    apply(NEWER)
    await settle(9 * SECOND)
    expect(pc.restartIce).toHaveBeenCalledOnce()
    await settle(2 * SECOND)
    expect(pc.restartIce).toHaveBeenCalledTimes(2)
  })

  it.each(['refused', 'failed'])(
    'does not wait long for the last restart if that was %s',
    async (outcome) => {
      const { attach, apply } = create()
      const pc = connected()
      pc.getStats = async () =>
        new Map<string, { id: string }>(
          [
            { id: 'T', selectedCandidatePairId: 'P' },
            { id: 'P', localCandidateId: 'L' },
            { id: 'L', candidateType: 'relay', usernameFragment: 'u1' },
          ].map((entry) => [entry.id, entry]),
        )
      attach(pc)
      apply()
      await settle()
      pc.restartIce.mockClear()
      pc.gather() // to u2, where it does not get
      if (outcome === 'refused') pc.refuse('turn:new')
      else pc.become('failed')
      apply(NEWER)
      await settle(SETTLED_MS)
      expect(pc.restartIce).toHaveBeenCalledOnce()
    },
  )

  it('is asked once to restart, until the app has negotiated and there are newer servers', async () => {
    const { attach, apply } = create()
    const pc = connected()
    attach(pc)
    apply()
    await settle()
    pc.become('completed')
    pc.become('connected')
    await settle()
    expect(pc.restartIce).toHaveBeenCalledOnce()
    pc.gather()
    pc.become('connected')
    await settle()
    expect(pc.restartIce).toHaveBeenCalledOnce()
    apply(NEWER)
    await settle(SETTLED_MS)
    expect(pc.restartIce).toHaveBeenCalledTimes(2)
  })

  it('is not restarted while a negotiation comes into effect, for Firefox loses a connection by that', async () => {
    const { attach, apply } = create()
    const pc = connected()
    attach(pc)
    await settle(SECOND)
    pc.gather() // the other end restarted
    await settle(1)
    apply()
    pc.become('completed')
    await settle(1500)
    pc.become('connected')
    await settle(400)
    expect(pc.restartIce).not.toHaveBeenCalled()
    await settle(SECOND)
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it('does not restart what has restarted by itself in the meantime', async () => {
    const { attach, apply } = create()
    const [first, second] = [connected(), connected()]
    attach(first)
    attach(second)
    apply()
    await settle(700)
    second.gather()
    await settle(SETTLED_MS)
    expect(first.restartIce).toHaveBeenCalledOnce()
    expect(second.restartIce).not.toHaveBeenCalled()
  })

  it('restarts again where a description was under way when the new servers came', async () => {
    const { attach, apply } = create()
    const [pc, fresh] = [connected(), connected()]
    fresh.localDescription = null
    attach(pc)
    attach(fresh)
    apply()
    await settle(100)
    pc.gather() // made with the old ones
    fresh.gather()
    await settle(SETTLED_MS)
    expect(pc.restartIce).toHaveBeenCalledOnce()
    expect(fresh.restartIce).toHaveBeenCalledOnce()
  })

  it('restarts after a rollback, for then the old candidates are back', async () => {
    const { attach, apply } = create()
    const pc = connected()
    const { localDescription } = pc
    attach(pc)
    pc.gather()
    apply()
    pc.localDescription = localDescription
    pc.become('connected')
    await settle()
    expect(pc.restartIce).not.toHaveBeenCalled() // those were never outdated: they were not there then
    await settle(SETTLED_MS)
    apply(NEWER)
    await settle(400)
    pc.localDescription = { sdp: 'a=ice-ufrag:u3' }
    pc.become('completed')
    await settle(SETTLED_MS)
    expect(pc.restartIce).not.toHaveBeenCalled()
    pc.localDescription = localDescription
    pc.become('connected')
    await settle(SETTLED_MS)
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it('of many connections restarts one after the other, within half of the time that is left', async () => {
    const { attach, apply } = create()
    const all = Array.from({ length: 10 }, () => connected())
    const restarted = () => all.filter((pc) => pc.restartIce.mock.calls.length > 0).length
    for (const pc of all) attach(pc)
    apply(NEW, NOW + 4 * SECOND)
    const counts = []
    for (let i = 0; i < 10; i++) {
      await settle(i === 0 ? 500 : 200)
      counts.push(restarted())
    }
    expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    for (const pc of all) {
      pc.gather()
      pc.restartIce.mockClear()
    }
    await settle(SETTLED_MS)
    apply(NEWER, Date.now() + 4 * SECOND)
    await settle(500)
    expect(restarted()).toBe(1)
  })

  it('waits for whole milliseconds, and does not turn in a circle within one', async () => {
    const { attach, apply } = create()
    const all = Array.from({ length: 2 }, () => connected())
    for (const pc of all) attach(pc)
    await settle(SETTLED_MS)
    const timers = vi.spyOn(globalThis, 'setTimeout')
    apply(NEW, Date.now() + 801) // a gap of 200.25 ms
    await settle(SECOND)
    for (const pc of all) expect(pc.restartIce).toHaveBeenCalledOnce()
    expect(timers.mock.calls.filter(([, ms]) => !Number.isInteger(ms))).toEqual([])
    vi.restoreAllMocks()
  })

  it('of many connections restarts none at the same time even when all lose their way at once', async () => {
    const { attach, apply } = create()
    const all = Array.from({ length: 10 }, () => connected())
    for (const pc of all) attach(pc)
    apply()
    await settle(600)
    for (const pc of all) pc.become('disconnected')
    await settle(100)
    expect(all.filter((pc) => pc.restartIce.mock.calls.length > 0)).toHaveLength(1)
    await settle(10 * SECOND)
    expect(all.filter((pc) => pc.restartIce.mock.calls.length > 0)).toHaveLength(10)
  })

  it('of many connections restarts none at the same time even when it is late', async () => {
    const { attach, apply } = create()
    const all = Array.from({ length: 3 }, () => connected())
    for (const pc of all) attach(pc)
    apply(NEW, NOW - SECOND)
    await settle()
    expect(all.map((pc) => pc.restartIce.mock.calls.length)).toEqual([1, 0, 0])
    await settle(100)
    expect(all.map((pc) => pc.restartIce.mock.calls.length)).toEqual([1, 1, 1])
  })
})
