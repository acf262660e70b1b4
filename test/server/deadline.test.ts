import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { withDeadline } from '../../src/server/deadline.js'
import { rejectionOf } from '../support/error-of.js'
import { useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

const tooLate = { name: 'TurnApiError', message: 'no answer in time', status: 503 }

/** Work that never ends by itself, and shows its signal. */
function createEndless() {
  const signals: AbortSignal[] = []
  const work = (signal: AbortSignal) => {
    signals.push(signal)
    return new Promise<never>(() => {})
  }
  return { work, signals }
}

describe('a deadline', () => {
  it.each([
    ['succeeds', async () => 5],
    ['fails', () => Promise.reject(new Error('broken'))],
  ])('leaves no timer and no listener behind when the work %s', async (_, work) => {
    const { signal } = new AbortController()
    const [added, removed] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')]
    await Promise.allSettled([withDeadline<unknown>(work, 1000, signal)])
    expect(vi.getTimerCount()).toBe(0)
    expect(added).toHaveBeenCalledOnce()
    expect(removed.mock.calls).toEqual(added.mock.calls)
  })

  it('ends the work when the time is over', async () => {
    const { work, signals } = createEndless()
    const outcome = rejectionOf(withDeadline(work, 1000, new AbortController().signal))
    await vi.advanceTimersByTimeAsync(999)
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    await vi.advanceTimersByTimeAsync(1)
    expect(await outcome).toMatchObject(tooLate)
    expect(signals.map(({ reason }) => reason)).toEqual([await outcome])
  })

  it.each(['before', 'after'])('ends the work for a client who went away %s it began', async (when) => {
    const client = new AbortController()
    const { work, signals } = createEndless()
    if (when === 'before') client.abort()
    const outcome = rejectionOf(withDeadline(work, 1000, client.signal))
    client.abort()
    expect(await outcome).toMatchObject(tooLate)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  it('within another one ends with that', async () => {
    const client = new AbortController()
    const { work, signals } = createEndless()
    const outcome = rejectionOf(
      withDeadline((signal) => withDeadline(work, 1000, signal), 5000, client.signal),
    )
    client.abort()
    expect(await outcome).toMatchObject(tooLate)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })
})
