import { describe, expect, it, vi } from 'vitest'
import { closedError, IceServerError } from '../../src/errors.js'
import { SharedRequest } from '../../src/fetch/shared-request.js'
import { rejectionOf } from '../support/error-of.js'

const error = new IceServerError('ERR_NETWORK', 'broken')

function start(flight: SharedRequest<string>) {
  let settle!: { resolve: (value: string) => void; reject: (error: Error) => void }
  const [onSuccess, onFailure] = [vi.fn(), vi.fn()]
  let signal!: AbortSignal
  flight.start(
    (controller) => {
      signal = controller.signal
      return new Promise((resolve, reject) => {
        settle = { resolve, reject }
      })
    },
    onSuccess,
    onFailure,
  )
  return { ...settle, onSuccess, onFailure, signal }
}
const tick = () => new Promise((resolve) => setTimeout(resolve))

describe('a single flight', () => {
  it('knows whether it is under way, awaited, forced', async () => {
    const flight = new SharedRequest<string>()
    expect(flight).toMatchObject({ isInFlight: false, hasWaiters: false, isForced: false })
    flight.force()
    expect(flight.isForced).toBe(true)
    const outcome = flight.outcome()
    expect(flight.outcome()).toBe(outcome)
    const { resolve, onSuccess } = start(flight)
    expect(flight).toMatchObject({ isInFlight: true, hasWaiters: true, isForced: true })
    resolve('a')
    await tick()
    expect(onSuccess).toHaveBeenCalledExactlyOnceWith('a')
    flight.end()?.resolve('b')
    expect(await outcome).toBe('b')
    expect(flight).toMatchObject({ isInFlight: false, hasWaiters: false, isForced: false })
  })

  it('shares a request that is under way with who would force one', () => {
    const flight = new SharedRequest<string>()
    const { signal } = start(flight)
    flight.force()
    expect(flight).toMatchObject({ isInFlight: true, isForced: true })
    expect(signal.aborted).toBe(false)
  })

  it('tells of a failure', async () => {
    const flight = new SharedRequest<string>()
    const { reject, onFailure } = start(flight)
    reject(error)
    await tick()
    expect(onFailure).toHaveBeenCalledExactlyOnceWith(error)
  })

  it.each(['success', 'failure'])('takes no notice of a %s after its end, and aborts it', async (kind) => {
    const flight = new SharedRequest<string>()
    const outcome = flight.outcome()
    const { resolve, reject, onSuccess, onFailure, signal } = start(flight)
    const reason = closedError()
    flight.end(reason)?.reject(reason)
    expect(signal.reason).toBe(reason)
    expect(await rejectionOf(outcome)).toBe(reason)
    if (kind === 'success') resolve('late')
    else reject(error)
    await tick()
    expect(onSuccess).not.toHaveBeenCalled()
    expect(onFailure).not.toHaveBeenCalled()
  })

  it('does not abort what has come to its end by itself', async () => {
    const flight = new SharedRequest<string>()
    const { resolve, signal } = start(flight)
    resolve('a')
    await tick()
    flight.end()
    expect(signal.aborted).toBe(false)
  })
})
