import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Deadline, withDeadline } from '../../src/server/deadline.js'
import { rejectionOf } from '../support/error-of.js'
import { advance, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

const limits = (signal = new AbortController().signal, timeoutMs = SECOND) => ({
  timeoutMs,
  parent: { signal },
})
const timeout = { name: 'TurnApiError', message: 'source did not settle within 1000 ms', status: 503 }
const disconnected = { name: 'TurnApiError', message: 'the client disconnected', status: 503 }
const never = new Promise<never>(() => {})

/** A task that never settles, and its signals. */
function createPendingTask() {
  const signals: AbortSignal[] = []
  const task = (deadline: Deadline) => {
    signals.push(deadline.signal)
    return deadline.wait('source', never)
  }
  return { task, signals }
}

describe('Deadline', () => {
  it('returns a value at once, without a timer and without reading a signal', async () => {
    const readParent = vi.fn(() => AbortSignal.abort())
    const parent = Object.defineProperty({ signal: AbortSignal.abort() }, 'signal', { get: readParent })
    const deadline = new Deadline({ timeoutMs: SECOND, parent })
    for (const value of [5, null, undefined, {}]) expect(deadline.wait('source', value)).toBe(value)
    expect(vi.getTimerCount()).toBe(0)
    expect(readParent).not.toHaveBeenCalled()
  })

  it('reads no signal for a promise that settles before the next turn', async () => {
    const readParent = vi.fn(() => AbortSignal.abort())
    const parent = Object.defineProperty({ signal: AbortSignal.abort() }, 'signal', { get: readParent })
    const waitFor = (deadline: Deadline) => deadline.wait('source', Promise.resolve(5))
    expect(await withDeadline({ timeoutMs: SECOND, parent }, waitFor)).toBe(5)
    expect(vi.getTimerCount()).toBe(0)
    await advance(SECOND)
    expect(readParent).not.toHaveBeenCalled()
  })

  it('has one timer for all that is waited for one after the other, and names the last', async () => {
    const outcome = rejectionOf(
      withDeadline(limits(), async (deadline) => {
        await deadline.wait('authorize', sleep(600))
        expect(vi.getTimerCount()).toBe(1)
        await deadline.wait('source', sleep(600))
      }),
    )
    await advance(1200)
    expect(await outcome).toMatchObject(timeout)
  })

  it('rejects at once what is waited for after the time has elapsed', async () => {
    const deadline = new Deadline(limits())
    const outcome = rejectionOf(Promise.resolve(deadline.wait('source', never)))
    await advance(SECOND)
    const error = await outcome
    expect(error).toMatchObject(timeout)
    expect(deadline.signal.aborted).toBe(true)
    expect(await rejectionOf(Promise.resolve(deadline.wait('another source', never)))).toBe(error)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not follow the client after its end', () => {
    const client = new AbortController()
    const added = vi.spyOn(client.signal, 'addEventListener')
    const deadline = new Deadline(limits(client.signal))
    deadline.end()
    expect(deadline.signal.aborted).toBe(false)
    expect(added).not.toHaveBeenCalled()
  })
})

describe('withDeadline', () => {
  it.each([
    ['resolves', async () => 5, { status: 'fulfilled', value: 5 }],
    ['rejects', () => Promise.reject('broken'), { status: 'rejected', reason: 'broken' }],
  ])(
    'settles like the task and removes its timer and listener when the task %s',
    async (_, task, outcome) => {
      const { signal } = new AbortController()
      const [added, removed] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')]
      const readSignal = (deadline: Deadline) => {
        expect(deadline.signal.aborted).toBe(false)
        return deadline.wait<number>('source', task())
      }
      expect(await Promise.allSettled([withDeadline(limits(signal), readSignal)])).toEqual([outcome])
      expect(vi.getTimerCount()).toBe(0)
      expect(added).toHaveBeenCalledOnce()
      expect(removed.mock.calls).toEqual(added.mock.calls)
    },
  )

  it('rejects and aborts the task when the time elapses', async () => {
    const { task, signals } = createPendingTask()
    const outcome = rejectionOf(withDeadline(limits(), task))
    await advance(999)
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    await advance(1)
    expect(await outcome).toMatchObject(timeout)
    expect(signals.map(({ reason }) => reason)).toEqual([await outcome])
  })

  it('rejects and aborts the task when the client disconnects', async () => {
    const client = new AbortController()
    const { task, signals } = createPendingTask()
    const outcome = rejectionOf(withDeadline(limits(client.signal), task))
    client.abort()
    expect(await outcome).toMatchObject(disconnected)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  it('aborts the signal of the task before it is read if the client has disconnected before', async () => {
    const aborted: boolean[] = []
    await withDeadline(limits(AbortSignal.abort()), ({ signal }) => void aborted.push(signal.aborted))
    expect(aborted).toEqual([true])
  })

  it('follows the client although the task does not read its signal', async () => {
    const client = new AbortController()
    const waitForever = (deadline: Deadline) => deadline.wait('source', never)
    const outcome = rejectionOf(withDeadline(limits(client.signal), waitForever))
    await advance(0)
    client.abort()
    expect(await outcome).toMatchObject(disconnected)
  })

  it('leaves no timer and no listener when a task that never settles is given up', async () => {
    for (const giveUp of [(client: AbortController) => client.abort(), () => advance(SECOND)]) {
      const client = new AbortController()
      const removed = vi.spyOn(client.signal, 'removeEventListener')
      const outcome = rejectionOf(withDeadline(limits(client.signal), createPendingTask().task))
      await giveUp(client)
      await outcome
      expect(vi.getTimerCount()).toBe(0)
      expect(removed).toHaveBeenCalled()
    }
  })

  it('rejects a nested task when the client disconnects', async () => {
    const client = new AbortController()
    const { task, signals } = createPendingTask()
    const nested = ({ signal }: Deadline) => withDeadline(limits(signal), task)
    const outcome = rejectionOf(withDeadline(limits(client.signal, 5 * SECOND), nested))
    client.abort()
    expect(await outcome).toMatchObject(disconnected)
    expect(signals.map(({ reason }) => reason)).toMatchObject([disconnected])
  })

  it('aborts a nested task with the reason when the outer time elapses', async () => {
    const { task, signals } = createPendingTask()
    const nested = (outer: Deadline) =>
      outer.wait('outer', withDeadline(limits(outer.signal, 5 * SECOND), task))
    const outcome = rejectionOf(withDeadline(limits(), nested))
    await advance(SECOND)
    expect(await outcome).toMatchObject({ ...timeout, message: 'outer did not settle within 1000 ms' })
    expect(signals.map(({ reason }) => reason)).toEqual([await outcome])
  })
})

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
