/** Signals of the page that time may have passed unnoticed, or that the network has changed. */

/** Fired at the window, or at the document, whose events pass the window in the capture phase. */
const PAGE_EVENTS = ['visibilitychange', 'resume', 'pageshow', 'online'] as const

/** An event of the page; `networkchange` stands for a change of the network information, which only Chromium has. */
export type PageSignal = (typeof PAGE_EVENTS)[number] | 'networkchange'

/**
 * Calls back when the visibility of the page changes, when it resumes after being frozen (Page Lifecycle), is restored
 * from the back/forward cache, is online again, or has another network. In a worker only the last two exist, in Node none.
 *
 * @returns a function that unsubscribes.
 */
export function onPageSignal(callback: (signal: PageSignal) => void): () => void {
  // Without the option `signal` of addEventListener(), which Chromium before 90 and Safari before 15 ignore.
  const onPageEvent = ({ type }: Event) => callback(type as PageSignal)
  const onNetworkChange = () => callback('networkchange')
  const network = networkInformation()
  for (const type of PAGE_EVENTS) globalThis.addEventListener?.(type, onPageEvent, true)
  network?.addEventListener?.('change', onNetworkChange)
  return () => {
    for (const type of PAGE_EVENTS) globalThis.removeEventListener?.(type, onPageEvent, true)
    network?.removeEventListener?.('change', onNetworkChange)
  }
}

/** Whether the browser is online. `true` where that is unknown, as in Node. */
export function isOnline(): boolean {
  return globalThis.navigator?.onLine !== false
}

/** The Network Information API is not part of the DOM types. */
function networkInformation(): Partial<EventTarget> | undefined {
  return (globalThis.navigator as { readonly connection?: Partial<EventTarget> } | undefined)?.connection
}
