import { afterEach, expect, it, vi } from 'vitest'
import { onPageSignal } from '../../src/refresh/page-signals.js'

afterEach(() => void vi.unstubAllGlobals())

/** As browsers before the option `signal`, which they ignore. */
function createOldTarget() {
  const target = new EventTarget()
  const toCapture = (options?: AddEventListenerOptions | boolean) => ({
    capture: typeof options === 'object' ? options.capture === true : options === true,
  })
  return {
    addEventListener: (type: string, listener: EventListener, options?: AddEventListenerOptions | boolean) =>
      target.addEventListener(type, listener, toCapture(options)),
    removeEventListener: (type: string, listener: EventListener, options?: EventListenerOptions | boolean) =>
      target.removeEventListener(type, listener, toCapture(options)),
    fire: (type: string) => void target.dispatchEvent(new Event(type)),
  }
}

it('removes its listeners where addEventListener() ignores the option signal', () => {
  const [page, connection] = [createOldTarget(), createOldTarget()]
  vi.stubGlobal('addEventListener', page.addEventListener)
  vi.stubGlobal('removeEventListener', page.removeEventListener)
  vi.stubGlobal('navigator', { connection })
  const callback = vi.fn()
  const stop = onPageSignal(callback)
  const fireAll = () => {
    page.fire('online')
    page.fire('visibilitychange')
    connection.fire('change')
  }
  fireAll()
  expect(callback.mock.calls).toEqual([['online'], ['visibilitychange'], ['networkchange']])
  stop()
  fireAll()
  expect(callback).toHaveBeenCalledTimes(3)
})

it('works where the network information fires no events', () => {
  vi.stubGlobal('navigator', { connection: { effectiveType: '4g' } })
  const stop = onPageSignal(vi.fn())
  expect(stop).not.toThrow()
})
