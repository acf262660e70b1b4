/**
 * Calls back with the type of the event when time may have passed unnoticed or the network is back: the
 * page is shown, comes out of the back/forward cache, is unfrozen, is online again. In a worker only
 * `online` exists, in Node nothing. Returns the way to stop.
 */
export function onWake(callback: (type: string) => void): () => void {
  const { document } = globalThis as { document?: Document }
  const listener = ({ type }: Event) => callback(type)
  const listening = new AbortController()
  const listen = (target: Partial<EventTarget> | undefined, ...types: string[]) => {
    for (const type of types) target?.addEventListener?.(type, listener, { signal: listening.signal })
  }
  listen(document, 'visibilitychange', 'resume')
  listen(globalThis, 'pageshow', 'online')
  return () => listening.abort()
}
