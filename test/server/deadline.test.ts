import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { withDeadline } from '../../src/server/deadline.js'
import { rejectionOf } from '../support/error-of.js'
import { advance, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

const limits = (parentSignal = new AbortController().signal, timeoutMs = SECOND) => ({
  name: 'source',
  timeoutMs,
  parentSignal,
})
const timeout = { name: 'TurnApiError', message: 'source did not settle within 1000 ms', status: 503 }
const disconnected = { name: 'TurnApiError', message: 'the client disconnected', status: 503 }

/** A task that never settles, and its signals. */
function createPendingTask() {
  const signals: AbortSignal[] = []
  const task = (signal: AbortSignal) => {
    signals.push(signal)
    return new Promise<never>(() => {})
  }
  return { task, signals }
}

describe('withDeadline', () => {
  it.each([
    ['resolves', async () => 5, { status: 'fulfilled', value: 5 }],
    ['rejects', () => Promise.reject('broken'), { status: 'rejected', reason: 'broken' }],
  ])(
    'settles like the task and removes its timer and listener when the task %s',
    async (_, task, outcome) => {
      const { signal } = new AbortController()
      const [added, removed] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')]
      expect(await Promise.allSettled([withDeadline<unknown>(task, limits(signal))])).toEqual([outcome])
      expect(vi.getTimerCount()).toBe(0)
      expect(added).toHaveBeenCalledOnce()
      expect(removed.mock.calls).toEqual(added.mock.calls)
    },
  )

  it('rejects and aborts the task when the time elapses', async () => {
    const { task, signals } = createPendingTask()
    const outcome = rejectionOf(withDeadline(task, limits()))
    await advance(999)
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    await advance(1)
    expect(await outcome).toMatchObject(timeout)
    expect(signals.map(({ reason }) => reason)).toEqual([await outcome])
  })

  it('rejects and aborts the task when the client disconnects', async () => {
    const client = new AbortController()
    const { task, signals } = createPendingTask()
    const outcome = rejectionOf(withDeadline(task, limits(client.signal)))
    client.abort()
    expect(await outcome).toMatchObject(disconnected)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  it('does not start the task if the client has disconnected before', async () => {
    const { task, signals } = createPendingTask()
    const outcome = rejectionOf(withDeadline(task, limits(AbortSignal.abort())))
    expect(await outcome).toMatchObject(disconnected)
    expect(signals).toEqual([])
  })

  it('leaves no timer and no listener when a task that never settles is given up', async () => {
    for (const giveUp of [(client: AbortController) => client.abort(), () => advance(SECOND)]) {
      const client = new AbortController()
      const removed = vi.spyOn(client.signal, 'removeEventListener')
      const outcome = rejectionOf(withDeadline(createPendingTask().task, limits(client.signal)))
      await giveUp(client)
      await outcome
      expect(vi.getTimerCount()).toBe(0)
      expect(removed).toHaveBeenCalledOnce()
    }
  })

  it('rejects a nested task when the client disconnects', async () => {
    const client = new AbortController()
    const { task, signals } = createPendingTask()
    const outcome = rejectionOf(
      withDeadline((signal) => withDeadline(task, limits(signal)), limits(client.signal, 5 * SECOND)),
    )
    client.abort()
    expect(await outcome).toMatchObject(disconnected)
    expect(signals.map(({ reason }) => reason)).toMatchObject([disconnected])
  })

  it('aborts a nested task with the reason when the outer time elapses', async () => {
    const { task, signals } = createPendingTask()
    const outcome = rejectionOf(
      withDeadline((signal) => withDeadline(task, limits(signal, 5 * SECOND)), limits()),
    )
    await advance(SECOND)
    expect(await outcome).toMatchObject(timeout)
    expect(signals.map(({ reason }) => reason)).toMatchObject([timeout])
  })
})
