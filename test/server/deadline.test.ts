import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Deadline, withDeadline } from '../../src/server/deadline.js'
import { rejectionOf } from '../support/error-of.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A client whose signal is counted. */
function createClient() {
  const controller = new AbortController()
  const { signal } = controller
  const read = vi.fn(() => signal)
  const client = {
    get signal() {
      return read()
    },
  }
  return { client, read, leave: () => controller.abort(), signal }
}

const tooLate = { name: 'TurnApiError', message: 'no answer in time', status: 503 }
const never = () => new Promise<never>(() => {})

describe('a deadline', () => {
  it('leaves nothing behind, and makes no signal that nobody reads', async () => {
    const { client, read } = createClient()
    expect(await withDeadline(async () => 5, 1000, client)).toBe(5)
    expect(read).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('stops listening to the client at the end of the work', async () => {
    const { client, signal } = createClient()
    const [added, removed] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')]
    const failing = withDeadline(
      async (deadline) => {
        expect(deadline.signal).toBe(deadline.signal)
        throw new Error('broken')
      },
      1000,
      client,
    )
    expect(await rejectionOf(failing)).toMatchObject({ message: 'broken' })
    expect(added).toHaveBeenCalledOnce()
    expect(removed.mock.calls).toEqual(added.mock.calls)
  })

  it('ends the work when the time is over', async () => {
    let signal: AbortSignal | undefined
    const work = (deadline: Deadline) => {
      signal = deadline.signal
      return never()
    }
    const outcome = rejectionOf(withDeadline(work, 1000, createClient().client))
    await vi.advanceTimersByTimeAsync(999)
    expect(signal?.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await outcome).toMatchObject(tooLate)
    expect(signal?.reason).toBe(await outcome)
  })

  it('ends work that reads its signal only after that', async () => {
    let deadline: Deadline | undefined
    const work = (given: Deadline) => {
      deadline = given
      return never()
    }
    const outcome = rejectionOf(withDeadline(work, 1000, createClient().client))
    await vi.advanceTimersByTimeAsync(1000)
    expect(await outcome).toMatchObject(tooLate)
    expect(deadline?.signal.aborted).toBe(true)
  })

  it.each(['before', 'after'])(
    'ends the work for a client who went away %s the signal was read',
    async (when) => {
      const { client, leave } = createClient()
      if (when === 'before') leave()
      const work = async ({ signal }: Deadline) => {
        if (when === 'after') leave()
        signal.throwIfAborted()
      }
      expect(await rejectionOf(withDeadline(work, 1000, client))).toMatchObject(tooLate)
      expect(vi.getTimerCount()).toBe(0)
    },
  )

  it('within another one ends with that', async () => {
    const { client, leave } = createClient()
    const signals: AbortSignal[] = []
    const inner = ({ signal }: Deadline) => {
      signals.push(signal)
      return never()
    }
    const outcome = rejectionOf(withDeadline((outer) => withDeadline(inner, 1000, outer), 5000, client))
    leave()
    expect(await outcome).toMatchObject(tooLate)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })
})
