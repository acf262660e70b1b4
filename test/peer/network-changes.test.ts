// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RestartPolicy } from '../../src/index.js'
import {
  attachConnection,
  createAttachedProvider,
  createConnection,
  OLD,
} from '../support/attached-provider.js'
import { advance, MINUTE, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(() => {
  vi.unstubAllGlobals()
  useRealClock()
})

async function attachCall(restartIce: RestartPolicy = 'lost') {
  const created = await createAttachedProvider()
  const reports: string[] = []
  created.provider.on('restart', ({ cause, status }) => reports.push(`${cause} ${status}`))
  return { ...created, reports, pc: attachConnection(created.provider, { restartIce }) }
}

const comeOnline = () => void window.dispatchEvent(new Event('online'))

describe('attach() and a change of the network', () => {
  it.each(['lost', 'always'] as const)(
    'with %j restarts a disconnected connection without waiting for failed',
    async (restartIce) => {
      const { pc, reports, provider } = await attachCall(restartIce)
      pc.changeIceState('disconnected')
      await advance(10 * SECOND)
      expect(reports).toEqual([])
      comeOnline()
      await advance(SECOND)
      expect(reports).toEqual(['network requested'])
      expect(pc.restartIce).toHaveBeenCalledOnce()
      pc.negotiate()
      pc.changeIceState('connected')
      await advance(MINUTE)
      expect(reports).toEqual(['network requested', 'network completed'])
      provider.close()
    },
  )

  it.each(['relayed', 'never'] as const)(
    'with %j leaves a disconnected connection to the app',
    async (restartIce) => {
      const { pc, reports, provider } = await attachCall(restartIce)
      pc.changeIceState('disconnected')
      comeOnline()
      await advance(20 * SECOND)
      expect(reports).toEqual([])
      provider.close()
    },
  )

  it('restarts a connection that is connected but silent since the change', async () => {
    const { pc, reports, provider } = await attachCall()
    pc.receivedAt = Date.now()
    comeOnline()
    await advance(2 * SECOND)
    expect(reports).toEqual([])
    await advance(2 * SECOND)
    expect(reports).toEqual(['network requested'])
    provider.close()
  })

  it('never restarts a connection that still receives', async () => {
    const { pc, reports, provider } = await attachCall()
    for (let second = 0; second < 30; second++) {
      if (second % 5 === 0) comeOnline()
      pc.receivedAt = Date.now()
      await advance(SECOND)
    }
    expect(reports).toEqual([])
    provider.close()
  })

  it('restarts once for many signals', async () => {
    const { pc, reports, provider } = await attachCall()
    pc.changeIceState('disconnected')
    for (let signals = 0; signals < 10; signals++) {
      comeOnline()
      await advance(100)
    }
    await advance(4 * SECOND)
    expect(reports).toEqual(['network requested'])
    provider.close()
  })

  it('does not restart a connection that receives again while its restart is queued', async () => {
    const { provider } = await createAttachedProvider()
    const attach = () => attachConnection(provider, { restartIce: 'lost' })
    const [first, second] = [attach(), attach()]
    for (const pc of [first, second]) pc.changeIceState('disconnected')
    comeOnline()
    await advance(SECOND)
    expect(first.restartIce).toHaveBeenCalledOnce()
    for (let n = 0; n < 10; n++) {
      second.receivedAt = Date.now()
      await advance(SECOND / 2)
    }
    expect(second.restartIce).not.toHaveBeenCalled()
    provider.close()
  })

  it('stops watching a connection that is detached', async () => {
    const { provider } = await createAttachedProvider()
    const pc = attachConnection(provider, { restartIce: 'lost' })
    comeOnline()
    provider.close()
    await advance(SECOND)
    expect(pc.restartIce).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('hears of another network from the network information of Chromium', async () => {
    const connection = new EventTarget()
    vi.stubGlobal('navigator', { onLine: true, connection })
    const { pc, reports, provider } = await attachCall()
    pc.changeIceState('disconnected')
    connection.dispatchEvent(new Event('change'))
    await advance(SECOND)
    expect(reports).toEqual(['network requested'])
    provider.close()
  })

  it('with "relayed" does not restart a direct connection with outdated candidates for it', async () => {
    const { provider, rotate } = await createAttachedProvider()
    const pc = createConnection({ iceServers: OLD }, 'host')
    provider.attach(pc, { restartIce: 'relayed' })
    await rotate()
    pc.receivedAt = Date.now()
    comeOnline()
    await advance(10 * SECOND)
    expect(pc.restartIce).not.toHaveBeenCalled()
    provider.close()
  })

  it('reads no stats for a network that has changed more often than the connection is restarted for', async () => {
    const { pc, provider, reports } = await attachCall()
    const getStats = vi.spyOn(pc, 'getStats')
    for (let change = 0; change < 3; change++) {
      pc.changeIceState('disconnected')
      comeOnline()
      await advance(2 * SECOND)
      pc.negotiate()
      pc.changeIceState('connected')
      await advance(4 * SECOND)
    }
    expect(reports.filter((report) => report === 'network requested')).toHaveLength(3)
    const reads = getStats.mock.calls.length
    comeOnline()
    await advance(2 * SECOND)
    expect(getStats).toHaveBeenCalledTimes(reads)
    provider.close()
  })
})
