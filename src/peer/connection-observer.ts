/** Turns the DOM events of a connection into plain ones. */
import type { AttachableConnection } from '../attachable-connection.js'
import { classifyStunError } from '../config/stun-error-codes.js'
import { readSafely } from './read-safely.js'

/** What happened to a connection. */
export type ConnectionEvent =
  | { readonly type: 'ice-state-changed' }
  | { readonly type: 'signaling-state-changed' }
  /** A TURN server rejected the credentials, while the browser gathered candidates. */
  | { readonly type: 'credentials-rejected'; readonly url: string; readonly stunCode: number }
  /** The user of the credentials has reached the allocation quota of a TURN server. */
  | { readonly type: 'quota-reached'; readonly url: string; readonly stunCode: number }

/**
 * Observes a connection.
 *
 * @returns a function that unsubscribes.
 */
export function observeConnection(
  connection: AttachableConnection,
  onEvent: (event: ConnectionEvent) => void,
): () => void {
  const listeners: Readonly<Record<string, (event: unknown) => void>> = {
    iceconnectionstatechange: () => onEvent({ type: 'ice-state-changed' }),
    signalingstatechange: () => onEvent({ type: 'signaling-state-changed' }),
    icecandidateerror: (event) => {
      const { errorCode: stunCode, url } = event as { errorCode: number; url: string }
      const kind = classifyStunError(stunCode)
      if (kind === 'credentials-rejected') onEvent({ type: 'credentials-rejected', url, stunCode })
      if (kind === 'quota') onEvent({ type: 'quota-reached', url, stunCode })
    },
  }
  for (const [type, listener] of Object.entries(listeners)) {
    readSafely(() => connection.addEventListener?.(type, listener), undefined)
  }
  return () => {
    for (const [type, listener] of Object.entries(listeners)) {
      readSafely(() => connection.removeEventListener?.(type, listener), undefined)
    }
  }
}
