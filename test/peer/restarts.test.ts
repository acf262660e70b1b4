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

describe('attach() and ICE restarts', () => {
  it.each([
    ['relayed', 'relay', 1],
    ['relayed', 'host', 0],
    ['relayed', 'srflx', 0],
    ['always', 'host', 1],
    ['never', 'relay', 0],
  ] as const)(
    'restarts ICE with the policy %s and a %s pair %i times after new servers',
    async (restartIce, type, times) => {
      const { attach, rotate } = await createAttachedProvider()
      const pc = relayed(type)
      attach(pc, { restartIce })
      await rotate()
      await advance(OFFER_MS)
      expect(pc.iceServers).toEqual(NEW)
      expect(pc.restartIce).toHaveBeenCalledTimes(times)
    },
  )

  it('does not restart ICE before the first offer', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = relayed()
    pc.localDescription = null
    pc.iceConnectionState = 'new'
    attach(pc, { restartIce: 'always' })
    await rotate()
    await advance(OFFER_MS)
    expect(pc.restartIce).not.toHaveBeenCalled()
  })

  it('does not restart ICE after the rollback of a first offer during which the servers changed', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = relayed()
    pc.localDescription = null
    pc.iceConnectionState = 'new'
    attach(pc, { restartIce: 'always' })
    pc.offer()
    await rotate()
    pc.rollBack()
    await advance(SETTLED_MS)
    expect(pc.restartIce).not.toHaveBeenCalled()
  })

  it('restarts a connection that is still checking once it turns out to be relayed', async () => {
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
    'restarts a direct connection that is %s on replaced servers',
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

  it('restarts with new servers a connection that has failed before', async () => {
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
    'restarts with the policy %s %i times a connection that fails on current servers',
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

  it('requests one restart until the app has negotiated and the servers change again', async () => {
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

  it('restarts again when it is attached again after a requested restart that was taken back', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = relayed()
    const detach = attach(pc)
    await rotate()
    await advance(OFFER_MS)
    expect(pc.restartIce).toHaveBeenCalledOnce()
    detach()
    attach(pc)
    await advance(OFFER_MS)
    expect(pc.restartIce).toHaveBeenCalledTimes(2)
  })

  it('restarts again after a rollback, which brings the old candidates back', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = relayed()
    attach(pc)
    await rotate()
    await advance(OFFER_MS)
    pc.offer()
    await advance(SETTLED_MS)
    expect(pc.restartIce).toHaveBeenCalledOnce()
    pc.rollBack()
    await advance(SETTLED_MS)
    expect(pc.restartIce).toHaveBeenCalledTimes(2)
  })

  it('restarts again after the rollback of an offer during which the servers changed', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const restartIce = vi.fn()
    const pc = relayed()
    attach(pc, { restartIce })
    await rotate()
    await advance(OFFER_MS)
    pc.offer()
    await advance(SECOND)
    await rotate(NEWER)
    pc.rollBack()
    await advance(SETTLED_MS)
    expect(restartIce).toHaveBeenCalledTimes(2)
    expect(restartIce).toHaveBeenLastCalledWith(pc, { deadline: DEADLINE })
  })
})
