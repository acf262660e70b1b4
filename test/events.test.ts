import { afterEach, describe, expect, it, vi } from 'vitest'
import { IceServerError } from '../src/errors.js'
import { ProviderEventTarget } from '../src/events.js'

class Events extends ProviderEventTarget {
  changes = 0
  override get state() {
    return 'idle' as const
  }
  protected override listenersChanged() {
    this.changes++
  }
  fire(message = 'x') {
    this.emit('error', new IceServerError('ERR_HTTP', message))
  }
}

describe('ProviderEventTarget', () => {
  afterEach(() => void vi.unstubAllGlobals())

  it('calls listeners in their order, until they are removed', () => {
    const events = new Events()
    const calls: string[] = []
    const first = () => calls.push('first')
    events.on('error', first).on('error', () => calls.push('second'))
    events.fire()
    events.off('error', first)
    events.fire()
    expect(calls).toEqual(['first', 'second', 'second'])
  })

  it('calls a listener that was added with once a single time, even if it throws or emits again', () => {
    vi.stubGlobal('reportError', vi.fn())
    const events = new Events()
    const listener = vi.fn(() => {
      events.fire()
      throw new Error('listener')
    })
    events.once('error', listener)
    events.fire()
    events.fire()
    expect(listener).toHaveBeenCalledOnce()
  })

  it('removes a listener that was added with once', () => {
    const events = new Events()
    const listener = vi.fn()
    events.once('error', listener).off('error', listener)
    events.fire()
    expect(listener).not.toHaveBeenCalled()
  })

  it('reports the exception of a listener and calls the others', () => {
    const reportError = vi.fn()
    vi.stubGlobal('reportError', reportError)
    const events = new Events()
    const thrown = new Error('listener')
    const other = vi.fn()
    events
      .on('error', () => {
        throw thrown
      })
      .on('error', other)
    events.fire()
    expect(reportError).toHaveBeenCalledExactlyOnceWith(thrown)
    expect(other).toHaveBeenCalledOnce()
  })

  it('writes the exception of a listener to the console without reportError', () => {
    vi.stubGlobal('reportError', undefined)
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    const events = new Events()
    events.on('error', () => {
      throw 'thrown'
    })
    events.fire()
    expect(error).toHaveBeenCalledExactlyOnceWith('thrown')
    error.mockRestore()
  })

  it('does not call a listener that an earlier one removed', () => {
    const events = new Events()
    const second = vi.fn()
    events.on('error', () => events.off('error', second)).on('error', second)
    events.fire()
    expect(second).not.toHaveBeenCalled()
  })

  it.each(['on', 'once', 'off'] as const)('rejects a listener of %s that is not a function', (method) => {
    expect(() => new Events()[method]('error', 5 as unknown as () => void)).toThrow(
      new TypeError('IceServerProvider: listener must be a function, got 5'),
    )
  })

  it('rejects a subscriber that is not a function', () => {
    expect(() => new Events().subscribe(undefined as unknown as () => void)).toThrow(
      new TypeError('IceServerProvider: listener must be a function, got undefined'),
    )
  })

  it('rejects an unknown event, and names the known ones', () => {
    expect(() => new Events().on('updated' as 'update', () => {})).toThrow(
      new TypeError(
        'IceServerProvider: unknown event updated; known events: update, error, refresh, restart, attach, expired, statechange',
      ),
    )
  })

  it('reports when listeners were added or removed', () => {
    const events = new Events()
    const listener = () => {}
    events.on('error', listener).once('error', listener).off('error', listener)
    expect(events.changes).toBe(3)
  })
})
