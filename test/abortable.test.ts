import { describe, expect, it, vi } from 'vitest'
import { createDeferred, rejectOnAbort } from '../src/abortable.js'
import { closedError } from '../src/errors.js'
import { rejectionOf } from './support/error-of.js'

describe('createDeferred', () => {
  it('is settled from outside', async () => {
    const { promise, resolve } = createDeferred<number>()
    resolve(5)
    await expect(promise).resolves.toBe(5)
  })

  it('is never an unhandled rejection', async () => {
    createDeferred().reject(closedError())
    await new Promise((resolve) => setTimeout(resolve)) // vitest fails the run on an unhandled rejection
  })
})

describe('rejectOnAbort', () => {
  it('settles as the promise does, and lets go of the signal', async () => {
    const { signal } = new AbortController()
    const remove = vi.spyOn(signal, 'removeEventListener')
    await expect(rejectOnAbort(Promise.resolve(1), signal)).resolves.toBe(1)
    await expect(rejectOnAbort(Promise.reject(new Error('x')), signal)).rejects.toThrow('x')
    await new Promise((resolve) => setTimeout(resolve))
    expect(remove).toHaveBeenCalledTimes(2)
  })

  it('rejects with ERR_ABORTED and the reason of the signal', async () => {
    const controller = new AbortController()
    const waiting = rejectOnAbort(new Promise(() => {}), controller.signal)
    controller.abort('reason')
    expect(await rejectionOf(waiting)).toMatchObject({ code: 'ERR_ABORTED', cause: 'reason' })
  })

  it('rejects at once if the signal has fired', async () => {
    expect(await rejectionOf(rejectOnAbort(new Promise(() => {}), AbortSignal.abort('gone')))).toMatchObject({
      code: 'ERR_ABORTED',
    })
  })

  it('rejects with the reason itself if that is an IceServerError', async () => {
    const controller = new AbortController()
    const waiting = rejectOnAbort(new Promise(() => {}), controller.signal)
    const error = closedError()
    controller.abort(error)
    expect(await rejectionOf(waiting)).toBe(error)
  })
})
