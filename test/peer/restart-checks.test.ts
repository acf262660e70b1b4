/** When an attached connection is read, and which readings count. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AttachableConnection } from '../../src/index.js'
import {
  createAttachedProvider,
  createConnection,
  NEWER,
  OFFER_MS,
  OLD,
} from '../support/attached-provider.js'
import { createFakeConnection } from '../support/fake-connection.js'
import { advance, MINUTE, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

const readsOf = (pc: ReturnType<typeof createConnection>) => {
  const getStats = vi.spyOn(pc, 'getStats')
  return () => getStats.mock.calls.length
}

const throwing = () => {
  throw new Error('no inner connection')
}

describe('attach() and the stats of a connection', () => {
  it('reads them no more while nothing happens', async () => {
    const { attach } = await createAttachedProvider()
    const pc = createConnection()
    const reads = readsOf(pc)
    attach(pc)
    await advance(SECOND)
    const readAtFirst = reads()
    await advance(20 * SECOND)
    expect(reads()).toBe(readAtFirst)
  })

  it('does not read them for a negotiation of the app on current servers', async () => {
    const { attach } = await createAttachedProvider()
    const pc = createConnection()
    attach(pc)
    await advance(SECOND)
    const reads = readsOf(pc)
    pc.negotiate()
    await advance(10 * SECOND)
    expect(reads()).toBe(0)
  })

  it('ignores stats that arrive after a later check, which has found the connection direct', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = createConnection()
    attach(pc)
    await rotate()
    const { getStats } = pc
    let deliver = () => {}
    const isDelivered = new Promise<void>((resolve) => {
      deliver = resolve
    })
    pc.getStats = () => isDelivered.then(getStats) // relayed
    await advance(OFFER_MS)
    pc.getStats = createFakeConnection({}, 'host').getStats
    pc.changeIceState('completed')
    await advance(SECOND)
    deliver()
    await advance(SECOND)
    expect(pc.restartIce).not.toHaveBeenCalled()
  })
})

describe('attach() and the first check of a restart', () => {
  it('notices within seconds that a connection without events has restarted', async () => {
    const { attach, rotate, provider } = await createAttachedProvider()
    const reports: string[] = []
    provider.on('restart', ({ status }) => reports.push(status))
    const { addEventListener: _, removeEventListener: __, ...members } = createConnection()
    const pc: typeof members & AttachableConnection = members
    attach(pc, {
      restartIce: () => {
        pc.localDescription = { sdp: 'v=0\r\na=ice-ufrag:u2\r\n' }
      },
    })
    await rotate()
    await advance(3 * SECOND)
    expect(reports).toEqual(['requested', 'completed'])
  })

  it('comes sooner if the function of the app has negotiated when it returns', async () => {
    const checkedAfter = async (hasNegotiated: boolean) => {
      const { attach, rotate } = await createAttachedProvider()
      const pc = createConnection()
      const reads = readsOf(pc)
      let readBefore: number | undefined
      attach(pc, {
        restartIce: () => {
          readBefore = reads()
          if (hasNegotiated) pc.negotiate()
        },
      })
      await rotate()
      while (readBefore === undefined) await advance(10)
      let passedMs = 0
      for (; reads() === readBefore; passedMs += 10) await advance(10)
      return passedMs
    }
    expect(await checkedAfter(true)).toBeLessThan(await checkedAfter(false))
  })
})

describe('attach() and a request that fails late', () => {
  it('does not repeat the request if a later one is in progress', async () => {
    const { attach, rotate, onError } = await createAttachedProvider()
    const pc = createConnection()
    let fail: (error: Error) => void = () => {}
    const pending = new Promise<void>((_, reject) => {
      fail = reject
    })
    const restartIce = vi.fn(async () => {})
    restartIce.mockReturnValueOnce(pending)
    attach(pc, { restartIce })
    await rotate()
    await advance(OFFER_MS)
    await rotate(NEWER)
    await advance(OFFER_MS)
    expect(restartIce).toHaveBeenCalledTimes(2)
    fail(new Error('no signaling'))
    await advance(10 * SECOND)
    expect(onError).toHaveBeenCalledOnce()
    expect(restartIce).toHaveBeenCalledTimes(2)
  })
})

describe('attach() and members of a connection that are missing or throw', () => {
  it('requests nothing of a relayed connection without restartIce(), and reports no error', async () => {
    const { attach, rotate, onError } = await createAttachedProvider()
    const { restartIce: _, ...pc } = createConnection()
    attach(pc)
    await rotate()
    await advance(SECOND)
    expect(pc.setConfiguration).toHaveBeenCalledOnce()
    expect(onError).not.toHaveBeenCalled()
  })

  it('writes nothing to a connection whose signalingState throws, like to one that is closed', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = createConnection()
    attach(pc)
    Object.defineProperty(pc, 'signalingState', { get: throwing })
    await rotate()
    expect(pc.setConfiguration).not.toHaveBeenCalled()
  })

  it('does not count a connection whose iceConnectionState throws as lost', async () => {
    const { attach, rotate, provider } = await createAttachedProvider()
    const causes: string[] = []
    provider.on('restart', ({ cause }) => causes.push(cause))
    const pc = createConnection()
    attach(pc, { restartIce: 'always' })
    Object.defineProperty(pc, 'iceConnectionState', { get: throwing })
    await rotate()
    await advance(SECOND)
    expect(causes).toEqual(['rotation'])
  })
})

describe('attach() and an app that detaches in an error listener', () => {
  it.each([
    ['detaches the connection', false],
    ['closes the provider', true],
  ])('reads the connection no more after a listener %s', async (_, closes) => {
    const { attach, rotate, provider } = await createAttachedProvider()
    const pc = createConnection()
    const reads = readsOf(pc)
    pc.setConfiguration.mockImplementation(throwing)
    const detach = attach(pc)
    provider.on('error', () => (closes ? provider.close() : detach()))
    await advance(SECOND)
    const readBefore = reads()
    await rotate().catch(() => {})
    await advance(MINUTE)
    expect(reads()).toBe(readBefore)
  })
})

describe('provider.snapshot() and attached connections', () => {
  it('contains the state of the restart of each open connection', async () => {
    const { attach, rotate, provider } = await createAttachedProvider()
    const [outdated, closed] = [createConnection(), createConnection({ iceServers: OLD })]
    for (const pc of [outdated, closed]) attach(pc)
    const restarts = () => provider.snapshot().connections.map(({ restart }) => restart)
    expect(restarts()).toEqual(['current', 'current'])
    closed.signalingState = 'closed'
    await rotate()
    expect(restarts()).toEqual(['outdated'])
    await advance(OFFER_MS)
    expect(restarts()).toEqual(['requested'])
  })
})
