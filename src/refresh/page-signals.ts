/** Signals of the page that time may have passed unnoticed, or that the network has changed. */

/** Fired at the window, or at the document, whose events pass the window in the capture phase. */
const PAGE_EVENTS = ['visibilitychange', 'resume', 'pageshow', 'online']

/**
 * Calls back with the type of the event when the visibility of the page changes, when it resumes after being frozen (Page Lifecycle), is
 * restored from the back/forward cache, or is online again. In a worker only `online` exists, in Node none.
 *
 * @returns a function that unsubscribes.
 */
export function onPageSignal(callback: (type: string) => void): () => void {
  const controller = new AbortController()
  const { signal } = controller
  for (const type of PAGE_EVENTS) {
    globalThis.addEventListener?.(type, () => callback(type), { capture: true, signal })
  }
  return () => controller.abort()
}

/** Whether the browser is online. `true` where that is unknown, as in Node. */
export function isOnline(): boolean {
  return globalThis.navigator?.onLine !== false
}
