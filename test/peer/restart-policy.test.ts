import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connected, create, END, NEW, NEWER, settle } from '../support/attached.js'
import { SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

describe('ICE', () => {
  it.each([
    ['relayed', 'relay', 1],
    ['relayed', 'host', 0],
    ['relayed', 'srflx', 0],
    ['always', 'host', 1],
    ['never', 'relay', 0],
  ] as const)(
    'with %s and a %s pair restarts %i times after new servers',
    async (restartIce, type, times) => {
      const { attach, apply } = create()
      const pc = connected(type)
      attach(pc, { restartIce })
      apply()
      await settle()
      expect(pc.iceServers).toBe(NEW)
      expect(pc.restartIce).toHaveBeenCalledTimes(times)
    },
  )

  it('restarts if one of several transports is relayed, or if that cannot be told', async () => {
    const { attach, apply } = create()
    const [several, silent, failing] = [connected(), connected(), connected()]
    const direct = [
      { id: 'T0', type: 'transport' },
      { id: 'T1', type: 'transport', selectedCandidatePairId: 'P1' },
      { id: 'P1', type: 'candidate-pair', localCandidateId: 'L1' },
      { id: 'L1', type: 'local-candidate', candidateType: 'host' },
    ]
    const { getStats } = several
    several.getStats = async () => new Map([...direct.map((s) => [s.id, s] as const), ...(await getStats())])
    silent.getStats = async () => new Map()
    failing.getStats = async () => {
      throw new Error('InvalidStateError')
    }
    for (const pc of [several, silent, failing]) attach(pc)
    apply()
    await settle(2 * SECOND)
    for (const pc of [several, silent, failing]) expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it('does not restart before the first offer', async () => {
    const { attach, apply } = create()
    const pc = connected()
    pc.localDescription = null
    pc.iceConnectionState = 'new'
    attach(pc, { restartIce: 'always' })
    apply()
    await settle()
    expect(pc.restartIce).not.toHaveBeenCalled()
  })

  it('restarts as soon as a connection turns out to be relayed that was still checking', async () => {
    const { attach, apply } = create()
    const pc = connected()
    const { getStats } = pc
    pc.getStats = async () => new Map([['T', { id: 'T', type: 'transport', selectedCandidatePairId: '' }]])
    pc.iceConnectionState = 'checking'
    attach(pc)
    apply()
    await settle()
    expect(pc.restartIce).not.toHaveBeenCalled()
    pc.getStats = getStats
    pc.become('connected')
    await settle()
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it.each(['disconnected', 'failed'] as const)('restarts a direct connection that is %s', async (state) => {
    const { attach, apply, onChange } = create()
    const pc = connected('host')
    attach(pc)
    apply()
    await settle()
    pc.become(state)
    await settle()
    expect(pc.restartIce).toHaveBeenCalledOnce()
    expect(onChange).toHaveBeenCalledOnce()
  })

  it('restarts what had failed before the new servers came', async () => {
    const { attach, apply } = create()
    const pc = connected()
    attach(pc)
    pc.become('failed')
    await settle()
    expect(pc.restartIce).not.toHaveBeenCalled()
    apply()
    await settle()
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it.each([
    ['relayed', 0],
    ['never', 0],
    ['always', 1],
  ] as const)(
    'with %s and current servers restarts a failed connection %i times',
    async (restartIce, times) => {
      const { attach } = create()
      const pc = connected()
      attach(pc, { restartIce })
      pc.become('disconnected')
      await settle()
      expect(pc.restartIce).not.toHaveBeenCalled()
      pc.become('failed')
      await settle()
      expect(pc.restartIce).toHaveBeenCalledTimes(times)
    },
  )

  it('is left to a function, with the end of the credentials in use', async () => {
    const { attach, apply } = create()
    const restartIce = vi.fn()
    const pc = connected()
    attach(pc, { restartIce })
    apply(NEW, END)
    await settle()
    expect(restartIce).toHaveBeenCalledExactlyOnceWith(pc, { deadline: END })
    expect(pc.restartIce).not.toHaveBeenCalled()
    apply(NEWER, END + 60 * SECOND)
    await settle()
    expect(restartIce).toHaveBeenLastCalledWith(pc, { deadline: END }) // still on the first ones
  })

  it.each([
    () => {
      throw new Error('no signalling')
    },
    async () => {
      throw new Error('no signalling')
    },
  ])('tells of a function that throws', async (restartIce) => {
    const { attach, apply, onError } = create()
    attach(connected(), { restartIce })
    apply()
    await settle()
    expect(onError.mock.calls[0]?.[0]).toMatchObject({
      code: 'ERR_ICE_SERVER',
      cause: { message: 'no signalling' },
    })
  })
})
