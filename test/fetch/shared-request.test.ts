import { describe, expect, it, vi } from 'vitest'
import { closedError, IceServerError } from '../../src/errors.js'
import { SharedRequest } from '../../src/fetch/shared-request.js'
import { rejectionOf } from '../support/error-of.js'

const failure = new IceServerError('ERR_NETWORK', 'network error')

function start(shared: SharedRequest<string>) {
  let settle!: { settleWith: (value: string) => void; failWith: (error: Error) => void }
  const [onSuccess, onFailure] = [vi.fn(), vi.fn()]
  let signal!: AbortSignal
  shared.start(
    (controller) => {
      signal = controller.signal
      return new Promise((resolve, reject) => {
        settle = { settleWith: resolve, failWith: reject }
      })
    },
    onSuccess,
    onFailure,
  )
  return { ...settle, onSuccess, onFailure, signal }
}
const nextTask = () => new Promise((resolve) => setTimeout(resolve))

describe('SharedRequest', () => {
  it('exposes whether a request is in flight, has waiters, and is forced', async () => {
    const shared = new SharedRequest<string>()
    expect(shared).toMatchObject({ hasWaiters: false, isForced: false })
    shared.force()
    expect(shared.isForced).toBe(true)
    const joined = shared.join()
    expect(shared.join()).toBe(joined)
    const { settleWith, onSuccess } = start(shared)
    expect(shared).toMatchObject({ hasWaiters: true, isForced: true })
    settleWith('a')
    await nextTask()
    expect(onSuccess).toHaveBeenCalledExactlyOnceWith('a')
    expect(shared).toMatchObject({ hasWaiters: true, isForced: true })
    shared.resolve('b')
    expect(await joined).toBe('b')
    expect(shared).toMatchObject({ hasWaiters: false, isForced: false })
  })

  it('keeps the request in flight when it is forced', () => {
    const shared = new SharedRequest<string>()
    const { signal } = start(shared)
    shared.force()
    expect(shared).toMatchObject({ isForced: true })
    expect(signal.aborted).toBe(false)
  })

  it('calls onFailure with the error, and rejects the waiters with reject()', async () => {
    const shared = new SharedRequest<string>()
    const joined = shared.join()
    const { failWith, onFailure, onSuccess } = start(shared)
    failWith(failure)
    await nextTask()
    expect(onFailure).toHaveBeenCalledExactlyOnceWith(failure)
    expect(onSuccess).not.toHaveBeenCalled()
    shared.reject(failure)
    expect(await rejectionOf(joined)).toBe(failure)
  })

  it.each(['success', 'failure'])('aborts a canceled request and ignores its late %s', async (outcome) => {
    const shared = new SharedRequest<string>()
    const joined = shared.join()
    const { settleWith, failWith, onSuccess, onFailure, signal } = start(shared)
    const reason = closedError()
    shared.cancel(reason)
    expect(signal.reason).toBe(reason)
    expect(await rejectionOf(joined)).toBe(reason)
    if (outcome === 'success') settleWith('late')
    else failWith(failure)
    await nextTask()
    expect(onSuccess).not.toHaveBeenCalled()
    expect(onFailure).not.toHaveBeenCalled()
  })

  it('aborts a superseded request when another value resolves the waiters', async () => {
    const shared = new SharedRequest<string>()
    const joined = shared.join()
    const { settleWith, onSuccess, signal } = start(shared)
    shared.resolve('from another tab')
    expect(await joined).toBe('from another tab')
    expect(signal.aborted).toBe(true)
    settleWith('late')
    await nextTask()
    expect(onSuccess).not.toHaveBeenCalled()
  })

  it('does not abort a request that has settled', async () => {
    const shared = new SharedRequest<string>()
    const { settleWith, signal } = start(shared)
    settleWith('a')
    await nextTask()
    shared.resolve('a')
    expect(signal.aborted).toBe(false)
  })
})
