import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { withDeadline } from '../../src/server/deadline.js'
import { rejectionOf } from '../support/error-of.js'
import { advance, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

const limits = (signal = new AbortController().signal, timeoutMs = SECOND) => ({
  name: 'source',
  timeoutMs,
  parent: { signal },
})
const timeout = { name: 'TurnApiError', message: 'source did not settle within 1000 ms', status: 503 }
const disconnected = { name: 'TurnApiError', message: 'the client disconnected', status: 503 }

/** A task that never settles, and its signals. */
function createPendingTask() {
  const signals: AbortSignal[] = []
  const task = ({ signal }: { signal: AbortSignal }) => {
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
      const readSignal = ({ signal }: { signal: AbortSignal }) => {
        expect(signal.aborted).toBe(false)
        return task()
      }
      expect(await Promise.allSettled([withDeadline<unknown>(readSignal, limits(signal))])).toEqual([outcome])
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

  it('aborts the signal of the task before it is read if the client has disconnected before', async () => {
    const aborted: boolean[] = []
    const task = async ({ signal }: { signal: AbortSignal }) => void aborted.push(signal.aborted)
    await rejectionOf(withDeadline(task, limits(AbortSignal.abort())))
    expect(aborted).toEqual([true])
  })

  it('reads no signal for a task that settles at once', async () => {
    const readParent = vi.fn(() => new AbortController().signal)
    const parent = Object.defineProperty({ signal: AbortSignal.abort() }, 'signal', { get: readParent })
    expect(await withDeadline(async () => 5, { ...limits(), parent })).toBe(5)
    await advance(SECOND)
    expect(readParent).not.toHaveBeenCalled()
  })

  it('follows the client although the task does not read its signal, but not after the task has settled', async () => {
    const client = new AbortController()
    const never = () => new Promise<never>(() => {})
    const outcome = rejectionOf(withDeadline(never, limits(client.signal)))
    await advance(0)
    client.abort()
    expect(await outcome).toMatchObject(disconnected)

    const added = vi.spyOn(client.signal, 'addEventListener')
    let limited: { signal: AbortSignal } | undefined
    await withDeadline(async (argument) => {
      limited = argument
    }, limits(client.signal))
    expect(limited?.signal.aborted).toBe(false)
    expect(added).not.toHaveBeenCalled()
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
      withDeadline(({ signal }) => withDeadline(task, limits(signal)), limits(client.signal, 5 * SECOND)),
    )
    client.abort()
    expect(await outcome).toMatchObject(disconnected)
    expect(signals.map(({ reason }) => reason)).toMatchObject([disconnected])
  })

  it('aborts a nested task with the reason when the outer time elapses', async () => {
    const { task, signals } = createPendingTask()
    const outcome = rejectionOf(
      withDeadline(({ signal }) => withDeadline(task, limits(signal, 5 * SECOND)), limits()),
    )
    await advance(SECOND)
    expect(await outcome).toMatchObject(timeout)
    expect(signals.map(({ reason }) => reason)).toMatchObject([timeout])
  })
})
