import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Deadline, withDeadline } from '../../src/server/deadline.js'
import { rejectionOf } from '../support/error-of.js'
import { never } from '../support/handler.js'
import { advance, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

const limits = (signal = new AbortController().signal, timeoutMs = SECOND) => ({
  timeoutMs,
  openParentSignal: () => signal,
})
const timeout = { name: 'TurnApiError', message: 'source did not settle within 1000 ms', status: 503 }
const disconnected = { name: 'TurnApiError', message: 'the client disconnected', status: 503 }

/** Waits for a promise that never settles in a task that does. Resolves with what `wait()` rejects with. */
const rejectionOfWait = (deadline: Deadline, name = 'source') =>
  rejectionOf(Promise.resolve(deadline.wait(name, never())))

/** A task that never settles, and its signals. */
function createPendingTask() {
  const signals: AbortSignal[] = []
  const task = (deadline: Deadline) => {
    signals.push(deadline.openSignal())
    return never()
  }
  return { task, signals }
}

describe('Deadline', () => {
  it('returns a value at once, without a timer and without a signal', async () => {
    const openParentSignal = vi.fn()
    const deadline = new Deadline({ timeoutMs: SECOND, openParentSignal })
    for (const value of [5, null, undefined, {}]) expect(deadline.wait('source', value)).toBe(value)
    expect(vi.getTimerCount()).toBe(0)
    expect(openParentSignal).not.toHaveBeenCalled()
  })

  it('opens no signal for a promise that settles before the next turn', async () => {
    const openParentSignal = vi.fn()
    const task = async () => 5
    expect(await withDeadline('source', { timeoutMs: SECOND, openParentSignal }, task)).toBe(5)
    expect(vi.getTimerCount()).toBe(0)
    await advance(SECOND)
    expect(openParentSignal).not.toHaveBeenCalled()
  })

  it('has one timer for all that is waited for one after the other, and names the last', async () => {
    const deadline = new Deadline(limits())
    const outcome = rejectionOf(
      (async () => {
        await deadline.wait('authorize', sleep(600))
        expect(vi.getTimerCount()).toBe(1)
        await deadline.wait('source', sleep(600))
      })(),
    )
    await advance(1200)
    expect(await outcome).toMatchObject(timeout)
  })

  it('rejects all that is waited for at the same time, and at once what is waited for after it', async () => {
    const deadline = new Deadline(limits())
    const outcomes = [rejectionOfWait(deadline, 'authorize'), rejectionOfWait(deadline)]
    await advance(SECOND)
    const error = await outcomes[0]
    expect(error).toMatchObject(timeout)
    expect(await outcomes[1]).toBe(error)
    expect(deadline.openSignal().reason).toBe(error)
    expect(await rejectionOfWait(deadline, 'another source')).toBe(error)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('starts no timer and does not follow the client after its end', async () => {
    const client = new AbortController()
    const added = vi.spyOn(client.signal, 'addEventListener')
    const deadline = new Deadline(limits(client.signal))
    deadline.end()
    expect(await deadline.wait('source', Promise.resolve(5))).toBe(5)
    expect(vi.getTimerCount()).toBe(0)
    expect(deadline.openSignal().aborted).toBe(false)
    expect(added).not.toHaveBeenCalled()
  })

  it('limits a part of the task by the time of the part, and by its own', async () => {
    const deadline = new Deadline(limits())
    const { task, signals } = createPendingTask()
    const first = rejectionOf(Promise.resolve(deadline.waitForPart('source[0]', 600, task)))
    await advance(600)
    expect(await first).toMatchObject({ message: 'source[0] did not settle within 600 ms' })
    const second = rejectionOf(Promise.resolve(deadline.waitForPart('source[1]', 600, task)))
    await advance(400)
    expect(await second).toMatchObject({ message: 'source[1] did not settle within 1000 ms' })
    expect(signals.map(({ reason }) => reason)).toEqual([await first, await second])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('rejects a part of the task when the client disconnects', async () => {
    const client = new AbortController()
    const { task, signals } = createPendingTask()
    const outcome = rejectionOf(
      Promise.resolve(new Deadline(limits(client.signal)).waitForPart('source', 600, task)),
    )
    client.abort()
    expect(await outcome).toMatchObject(disconnected)
    expect(signals.map(({ reason }) => reason)).toMatchObject([disconnected])
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
      const openSignal = (deadline: Deadline): Promise<number> => {
        expect(deadline.openSignal().aborted).toBe(false)
        return task()
      }
      expect(await Promise.allSettled([withDeadline('source', limits(signal), openSignal)])).toEqual([
        outcome,
      ])
      expect(vi.getTimerCount()).toBe(0)
      expect(added).toHaveBeenCalledOnce()
      expect(removed.mock.calls).toEqual(added.mock.calls)
    },
  )

  it('rejects and aborts the task when the time elapses', async () => {
    const { task, signals } = createPendingTask()
    const outcome = rejectionOf(withDeadline('source', limits(), task))
    await advance(999)
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    await advance(1)
    expect(await outcome).toMatchObject(timeout)
    expect(signals.map(({ reason }) => reason)).toEqual([await outcome])
  })

  it('rejects and aborts the task when the client disconnects', async () => {
    const client = new AbortController()
    const { task, signals } = createPendingTask()
    const outcome = rejectionOf(withDeadline('source', limits(client.signal), task))
    client.abort()
    expect(await outcome).toMatchObject(disconnected)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  it('aborts the signal of the task before it is used if the client has disconnected before', async () => {
    const aborted: boolean[] = []
    const task = (deadline: Deadline) => void aborted.push(deadline.openSignal().aborted)
    await withDeadline('source', limits(AbortSignal.abort()), task)
    expect(aborted).toEqual([true])
  })

  it('follows the client although the task does not open its signal', async () => {
    const client = new AbortController()
    const outcome = rejectionOf(withDeadline('source', limits(client.signal), never))
    await advance(0)
    client.abort()
    expect(await outcome).toMatchObject(disconnected)
  })

  it('leaves no timer and no listener when a task that never settles is given up', async () => {
    for (const giveUp of [(client: AbortController) => client.abort(), () => advance(SECOND)]) {
      const client = new AbortController()
      const removed = vi.spyOn(client.signal, 'removeEventListener')
      const outcome = rejectionOf(withDeadline('source', limits(client.signal), createPendingTask().task))
      await giveUp(client)
      await outcome
      expect(vi.getTimerCount()).toBe(0)
      expect(removed).toHaveBeenCalledOnce()
    }
  })
})

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
