import { describe, expect, it, vi } from 'vitest'
import { dispatchNegotiationNeeded } from '../../src/peer/negotiation-needed.js'
import { FakeBrowserConnection } from '../support/fake-browser-connection.js'

/** Calls `onnegotiationneeded` for events of the page, unlike Firefox. */
class HandlerConnection extends FakeBrowserConnection {
  onnegotiationneeded: ((event: Event) => unknown) | null = null

  override dispatchEvent(event: Event): boolean {
    if (event.type === 'negotiationneeded') this.onnegotiationneeded?.(event)
    return super.dispatchEvent(event)
  }
}

/** As Firefox 153: only listeners are called. */
class ListenerConnection extends FakeBrowserConnection {
  onnegotiationneeded: ((event: Event) => unknown) | null = null
}

describe('dispatchNegotiationNeeded', () => {
  it.each([HandlerConnection, ListenerConnection])(
    'calls the handler and the listeners once: %o',
    (Connection) => {
      const pc = new Connection()
      const [handler, listener] = [vi.fn(), vi.fn()]
      pc.onnegotiationneeded = handler
      pc.addEventListener('negotiationneeded', listener)
      dispatchNegotiationNeeded(pc)
      expect(handler).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ type: 'negotiationneeded' }))
      expect(handler.mock.contexts).toEqual([pc])
      expect(listener).toHaveBeenCalledOnce()
      expect(pc.onnegotiationneeded).toBe(handler)
    },
  )

  it('calls the handler of a browser that calls it itself in its turn: before listeners that were added later', () => {
    const pc = new HandlerConnection()
    const called: string[] = []
    pc.onnegotiationneeded = () => called.push('handler')
    pc.addEventListener('negotiationneeded', () => called.push('listener'))
    dispatchNegotiationNeeded(pc)
    expect(called).toEqual(['handler', 'listener'])
  })

  it('keeps a handler that the app sets meanwhile', () => {
    const pc = new HandlerConnection()
    const next = vi.fn()
    pc.onnegotiationneeded = () => {
      pc.onnegotiationneeded = next
    }
    dispatchNegotiationNeeded(pc)
    expect(pc.onnegotiationneeded).toBe(next)
    expect(next).not.toHaveBeenCalled()
  })

  it('calls listeners of a connection without a handler', () => {
    const pc = new FakeBrowserConnection()
    const listener = vi.fn()
    pc.addEventListener('negotiationneeded', listener)
    dispatchNegotiationNeeded(pc)
    expect(listener).toHaveBeenCalledOnce()
  })
})
