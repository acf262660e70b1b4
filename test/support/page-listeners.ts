/** A stand-in for the page: counts the listeners that the library has added to it. */
import { vi } from 'vitest'

/** Replaces the global functions for listeners. Returns a function that returns the number of listeners. */
export function stubPageListeners(page = new EventTarget()): () => number {
  const listeners = new Set<string>()
  const keyOf = (type: string, options?: boolean | EventListenerOptions) =>
    `${type} ${typeof options === 'object' ? options.capture : options}`
  vi.stubGlobal('addEventListener', (type: string, listener: EventListener, options?: boolean) => {
    listeners.add(keyOf(type, options))
    page.addEventListener(type, listener, options)
  })
  vi.stubGlobal('removeEventListener', (type: string, listener: EventListener, options?: boolean) => {
    listeners.delete(keyOf(type, options))
    page.removeEventListener(type, listener, options)
  })
  return () => listeners.size
}
