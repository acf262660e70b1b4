import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createAttachedProvider, createConnection, NEW, OFFER_MS } from '../support/attached-provider.js'
import { advance, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

const throwing = () => {
  throw new Error('no inner connection')
}

describe('attach() of a connection that throws', () => {
  it.each(['localDescription', 'signalingState', 'iceConnectionState'])(
    'updates the other connections when %s throws',
    async (member) => {
      const { attach, rotate, provider } = await createAttachedProvider()
      const [broken, working] = [createConnection(), createConnection()]
      attach(broken)
      attach(working)
      Object.defineProperty(broken, member, { get: throwing })
      const onUpdate = vi.fn()
      provider.on('update', onUpdate)
      await rotate()
      expect(working.iceServers).toEqual(NEW)
      expect(onUpdate).toHaveBeenCalledOnce()
      expect(() => provider.close()).not.toThrow()
    },
  )

  it.each(['addEventListener', 'removeEventListener'] as const)(
    'keeps its configuration current when %s throws',
    async (method) => {
      const { attach, rotate } = await createAttachedProvider()
      const pc = Object.assign(createConnection(), { [method]: throwing })
      const detach = attach(pc)
      await rotate()
      expect(pc.iceServers).toEqual(NEW)
      expect(detach).not.toThrow()
    },
  )

  it('does not throw into the event of a connection without getConfiguration()', async () => {
    const { attach, onError } = await createAttachedProvider()
    const pc = createConnection()
    attach(pc)
    Object.assign(pc, { getConfiguration: throwing })
    expect(() => pc.rejectCredentials('turn:old')).not.toThrow()
    expect(onError).not.toHaveBeenCalled()
  })

  it('reports a restartIce() that throws, and requests it again', async () => {
    const { attach, rotate, onError } = await createAttachedProvider()
    const pc = createConnection()
    pc.restartIce.mockImplementationOnce(throwing)
    attach(pc)
    await rotate()
    await advance(OFFER_MS)
    expect(onError.mock.calls[0]?.[0]).toMatchObject({
      code: 'ERR_ICE_RESTART',
      message: 'the ICE restart could not be requested: restartIce() threw; see the cause',
    })
    await advance(2 * SECOND)
    expect(pc.restartIce).toHaveBeenCalledTimes(2)
  })

  it('restarts a connection whose stats never arrive', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = Object.assign(createConnection(), { getStats: () => new Promise<never>(() => {}) })
    attach(pc)
    await rotate()
    await advance(3 * SECOND)
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it('restarts nothing that is closed while its stats are read', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = createConnection()
    const { getStats } = pc
    pc.getStats = async () => {
      pc.signalingState = 'closed'
      return getStats()
    }
    attach(pc)
    await rotate()
    await advance(SECOND)
    expect(pc.restartIce).not.toHaveBeenCalled()
  })

  it('ignores a late rejection of a restartIce function after a newer request', async () => {
    const { attach, rotate, onError } = await createAttachedProvider()
    const rejections: ((error: Error) => void)[] = []
    const restartIce = vi.fn(() => new Promise((_, reject) => rejections.push(reject)))
    const pc = createConnection()
    attach(pc, { restartIce })
    await rotate()
    await advance(OFFER_MS)
    pc.negotiate()
    rejections[0]?.(new Error('late'))
    await advance(20 * SECOND)
    expect(restartIce).toHaveBeenCalledOnce()
    expect(onError).toHaveBeenCalledOnce()
  })
})
