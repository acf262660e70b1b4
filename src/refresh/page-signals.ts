/** They are fired at the window, or at the document, whose events all pass the window on their way down. */
const PAGE_EVENTS = ['visibilitychange', 'resume', 'pageshow', 'online']

/**
 * Calls back with the type of the event when time may have passed unnoticed or the network is back: the
 * page is shown, is unfrozen, comes out of the back/forward cache, is online again. In a worker only
 * `online` exists, in Node nothing. Returns the way to stop.
 */
export function onPageSignal(callback: (type: string) => void): () => void {
  const listening = new AbortController()
  const { signal } = listening
  for (const type of PAGE_EVENTS) {
    globalThis.addEventListener?.(type, () => callback(type), { capture: true, signal })
  }
  return () => listening.abort()
}
