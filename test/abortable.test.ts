import { describe, expect, it, vi } from 'vitest'
import { createDeferred, rejectOnAbort } from '../src/abortable.js'
import { closedError } from '../src/errors.js'
import { rejectionOf } from './support/error-of.js'

describe('createDeferred', () => {
  it('settles from outside', async () => {
    const { promise, resolve } = createDeferred<number>()
    resolve(5)
    await expect(promise).resolves.toBe(5)
  })

  it('never causes an unhandled rejection', async () => {
    const onUnhandled = vi.fn()
    process.on('unhandledRejection', onUnhandled)
    createDeferred().reject(closedError())
    await new Promise((resolve) => setTimeout(resolve))
    process.off('unhandledRejection', onUnhandled)
    expect(onUnhandled).not.toHaveBeenCalled()
  })
})

describe('rejectOnAbort', () => {
  it('settles like the promise, and removes its listener from the signal', async () => {
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

  it('rejects at once if the signal is already aborted', async () => {
    expect(await rejectionOf(rejectOnAbort(new Promise(() => {}), AbortSignal.abort('gone')))).toMatchObject({
      code: 'ERR_ABORTED',
    })
  })

  it('rejects with the reason of the signal if that is an IceServerError', async () => {
    const controller = new AbortController()
    const waiting = rejectOnAbort(new Promise(() => {}), controller.signal)
    const error = closedError()
    controller.abort(error)
    expect(await rejectionOf(waiting)).toBe(error)
  })
})
