import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createAttachedProvider,
  createConnection,
  DEADLINE,
  NEWER,
  OFFER_MS,
  OLD,
} from '../support/attached-provider.js'
import { advance, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

const relayed = () => createConnection({ iceServers: OLD })

describe('attach() with a restartIce function', () => {
  it('calls the function with the connection and the expiry of the credentials in use', async () => {
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
  ])('reports a function that %s', async (_, restartIce) => {
    const { attach, rotate, onError } = await createAttachedProvider()
    attach(relayed(), { restartIce })
    await rotate()
    await advance(OFFER_MS)
    expect(onError.mock.calls[0]?.[0]).toMatchObject({
      code: 'ERR_ICE_RESTART',
      message: 'the ICE restart could not be requested: the restartIce function threw; see the cause',
      cause: { message: 'no signaling' },
    })
  })

  it('calls a function that rejected once again before the deadline', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const restartIce = vi.fn().mockRejectedValueOnce(new Error('no signaling'))
    const pc = relayed()
    attach(pc, { restartIce })
    await rotate()
    await advance(20 * SECOND)
    expect(restartIce).toHaveBeenCalledTimes(2)
  })

  it('calls a function that keeps rejecting with growing delays, and not after the deadline', async () => {
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
    const messages = onError.mock.calls.map(([{ message }]) => message)
    expect(messages.filter((message) => message.includes('could not be requested'))).toHaveLength(7)
    expect(messages.filter((message) => message.includes('no offer followed'))).toHaveLength(1)
  })

  it('does not call a function again that rejects after the connection was detached', async () => {
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
