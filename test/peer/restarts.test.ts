import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createAttachedProvider,
  createConnection,
  DEADLINE,
  NEW,
  NEWER,
  OFFER_MS,
  OLD,
  SETTLED_MS,
} from '../support/attached-provider.js'
import { advance, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

const relayed = (candidateType = 'relay') => createConnection({ iceServers: OLD }, candidateType)

describe('the ICE restart of an attached connection', () => {
  it.each([
    ['relayed', 'relay', 1],
    ['relayed', 'host', 0],
    ['relayed', 'srflx', 0],
    ['always', 'host', 1],
    ['never', 'relay', 0],
  ] as const)('with %s and a %s pair happens %i times after new servers', async (restartIce, type, times) => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = relayed(type)
    attach(pc, { restartIce })
    await rotate()
    await advance(OFFER_MS)
    expect(pc.iceServers).toEqual(NEW)
    expect(pc.restartIce).toHaveBeenCalledTimes(times)
  })

  it('does not happen before the first offer', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = relayed()
    pc.localDescription = null
    pc.iceConnectionState = 'new'
    attach(pc, { restartIce: 'always' })
    await rotate()
    await advance(OFFER_MS)
    expect(pc.restartIce).not.toHaveBeenCalled()
  })

  it('waits until a connection that is still checking turns out to be relayed', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = relayed()
    const { getStats } = pc
    pc.getStats = async () => new Map([['T', { id: 'T', selectedCandidatePairId: '' }]])
    pc.iceConnectionState = 'checking'
    attach(pc)
    await rotate()
    await advance(OFFER_MS)
    expect(pc.restartIce).not.toHaveBeenCalled()
    pc.getStats = getStats
    pc.changeIceState('connected')
    await advance(OFFER_MS)
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it.each(['disconnected', 'failed'] as const)(
    'happens for a direct connection that is %s on replaced servers',
    async (state) => {
      const { attach, rotate } = await createAttachedProvider()
      const pc = relayed('host')
      attach(pc)
      await rotate()
      await advance(OFFER_MS)
      pc.changeIceState(state)
      await advance(OFFER_MS)
      expect(pc.restartIce).toHaveBeenCalledOnce()
    },
  )

  it('happens with new servers for a connection that has failed before', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = relayed()
    attach(pc)
    pc.changeIceState('failed')
    await advance(OFFER_MS)
    expect(pc.restartIce).not.toHaveBeenCalled()
    await rotate()
    await advance(OFFER_MS)
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it.each([
    ['relayed', 0],
    ['never', 0],
    ['always', 1],
  ] as const)(
    'with %s happens %i times for a connection that fails on current servers',
    async (restartIce, times) => {
      const { attach } = await createAttachedProvider()
      const pc = relayed()
      attach(pc, { restartIce })
      pc.changeIceState('disconnected')
      await advance(OFFER_MS)
      expect(pc.restartIce).not.toHaveBeenCalled()
      pc.changeIceState('failed')
      await advance(OFFER_MS)
      expect(pc.restartIce).toHaveBeenCalledTimes(times)
    },
  )

  it('is requested once, until the app has negotiated and the servers change again', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = relayed()
    attach(pc)
    await rotate()
    await advance(OFFER_MS)
    pc.changeIceState('completed')
    pc.changeIceState('connected')
    await advance(OFFER_MS)
    expect(pc.restartIce).toHaveBeenCalledOnce()
    pc.negotiate()
    pc.changeIceState('connected')
    await advance(OFFER_MS)
    expect(pc.restartIce).toHaveBeenCalledOnce()
    await rotate(NEWER)
    await advance(SETTLED_MS)
    expect(pc.restartIce).toHaveBeenCalledTimes(2)
  })

  it('happens after a rollback, which brings the old candidates back', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = relayed()
    const { localDescription } = pc
    attach(pc)
    pc.negotiate()
    await rotate()
    pc.localDescription = localDescription
    pc.changeIceState('connected')
    await advance(OFFER_MS)
    expect(pc.restartIce).not.toHaveBeenCalled() // these candidates were not in use when the servers changed
    await advance(SETTLED_MS)
    await rotate(NEWER)
    await advance(OFFER_MS - 100)
    pc.localDescription = { sdp: 'a=ice-ufrag:u3' }
    pc.changeIceState('completed')
    await advance(SETTLED_MS)
    expect(pc.restartIce).not.toHaveBeenCalled()
    pc.localDescription = localDescription
    pc.changeIceState('connected')
    await advance(SETTLED_MS)
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })
})

describe('a restartIce function', () => {
  it('is called with the connection and the expiry of the credentials in use', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const restartIce = vi.fn()
    const pc = relayed()
    attach(pc, { restartIce })
    await rotate()
    await advance(OFFER_MS)
    expect(restartIce).toHaveBeenCalledExactlyOnceWith(pc, { deadline: DEADLINE })
    expect(pc.restartIce).not.toHaveBeenCalled()
    await rotate(NEWER)
    await advance(OFFER_MS)
    expect(restartIce).toHaveBeenCalledTimes(2)
    expect(restartIce).toHaveBeenLastCalledWith(pc, { deadline: DEADLINE }) // still on the first servers
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no signaling')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no signaling'))],
  ])('that %s is reported', async (_, restartIce) => {
    const { attach, rotate, onError } = await createAttachedProvider()
    attach(relayed(), { restartIce })
    await rotate()
    await advance(OFFER_MS)
    expect(onError.mock.calls[0]?.[0]).toMatchObject({
      code: 'ERR_ICE_RESTART',
      message: 'the ICE restart could not be requested: the restartIce function threw',
      cause: { message: 'no signaling' },
    })
  })

  it('that rejects once is called again before the deadline', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const restartIce = vi.fn().mockRejectedValueOnce(new Error('no signaling'))
    const pc = relayed()
    attach(pc, { restartIce })
    await rotate()
    await advance(20 * SECOND)
    expect(restartIce).toHaveBeenCalledTimes(2)
  })

  it('that keeps rejecting is called with growing delays, and not after the deadline', async () => {
    const { attach, rotate, onError } = await createAttachedProvider()
    const calledAt: number[] = []
    const restartIce = vi.fn(async () => {
      calledAt.push(Date.now())
      throw new Error('no signaling')
    })
    attach(relayed(), { restartIce })
    await rotate()
    await advance(200 * SECOND)
    const delays = calledAt.slice(1).map((at, index) => at - Number(calledAt[index]))
    expect(delays).toEqual([1, 2, 4, 8, 16, 16].map((seconds) => seconds * SECOND))
    expect(Math.max(...calledAt)).toBeLessThan(DEADLINE)
    expect(onError).toHaveBeenCalledTimes(7)
  })

  it('that rejects is not called again by a connection that was detached in the meantime', async () => {
    const { attach, rotate } = await createAttachedProvider()
    let reject = (_: Error) => {}
    const restartIce = vi.fn(
      () =>
        new Promise((_, rejectPromise) => {
          reject = rejectPromise
        }),
    )
    const timers = vi.getTimerCount() // that of the provider, which has a listener
    const detach = attach(relayed(), { restartIce })
    await rotate()
    await advance(OFFER_MS)
    detach()
    reject(new Error('no signaling'))
    await advance(20 * SECOND)
    expect(restartIce).toHaveBeenCalledOnce()
    expect(vi.getTimerCount()).toBe(timers)
  })
})
