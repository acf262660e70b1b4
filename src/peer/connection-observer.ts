/** Turns the DOM events of a connection into plain ones, and records them for its explanation. */
import type { AttachableConnection } from '../attachable-connection.js'
import { isTurnUrl } from '../config/ice-url.js'
import { classifyStunError } from '../config/stun-error-codes.js'
import {
  beginHistory,
  interruptHistory,
  recordCandidateError,
  recordGathering,
  recordIceState,
} from '../connection-history.js'
import { readSafely } from '../read-safely.js'

interface Allocation<Type> {
  readonly type: Type
  readonly url: string
  readonly stunCode: number
}

/**
 * A TURN server allocated no relay address: it rejected the credentials, their user has reached the allocation quota, or it
 * did not respond.
 */
export type AllocationEvent =
  | Allocation<'credentials-rejected'>
  | Allocation<'quota-reached'>
  | Allocation<'server-unreachable'>

/** What happened to a connection. */
export type ConnectionEvent =
  | { readonly type: 'ice-state-changed' }
  | { readonly type: 'signaling-state-changed' }
  | AllocationEvent

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
    iceconnectionstatechange: () => {
      recordIceState(connection)
      onEvent({ type: 'ice-state-changed' })
    },
    icegatheringstatechange: (event) => recordGathering(connection, event),
    signalingstatechange: () => onEvent({ type: 'signaling-state-changed' }),
    icecandidateerror: (event) => {
      recordCandidateError(connection, event)
      const { errorCode: stunCode, url } = event as { errorCode: number; url: string }
      const allocation = allocationEvent(url, stunCode)
      if (allocation) onEvent(allocation)
    },
  }
  beginHistory(connection)
  for (const [type, listener] of Object.entries(listeners)) {
    readSafely(() => connection.addEventListener?.(type, listener), undefined)
  }
  return () => {
    interruptHistory(connection)
    for (const [type, listener] of Object.entries(listeners)) {
      readSafely(() => connection.removeEventListener?.(type, listener), undefined)
    }
  }
}

/** Returns what a STUN error of a TURN server means; `undefined` if nothing for the credentials. */
function allocationEvent(url: string, stunCode: number): AllocationEvent | undefined {
  const kind = classifyStunError(stunCode)
  if (kind === 'credentials-rejected') return { type: kind, url, stunCode }
  if (kind === 'quota') return { type: 'quota-reached', url, stunCode }
  return kind === 'unreachable' && isTurnUrl(url) ? { type: 'server-unreachable', url, stunCode } : undefined
}
