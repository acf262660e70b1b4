/** Requests an offer from the app. */
import type { NegotiableConnection } from './negotiable-connection.js'

/**
 * Dispatches `negotiationneeded`. Firefox 153 calls only listeners for an event that a page dispatches, not
 * `onnegotiationneeded`, so that is called as well where the browser does not.
 */
export function dispatchNegotiationNeeded(connection: NegotiableConnection): void {
  const { onnegotiationneeded: handler } = connection
  const event = new Event('negotiationneeded')
  if (!handler) {
    connection.dispatchEvent(event)
    return
  }
  let isCalled = false
  const observed: typeof handler = (dispatched) => {
    isCalled = true
    return handler.call(connection, dispatched)
  }
  connection.onnegotiationneeded = observed
  connection.dispatchEvent(event)
  if (connection.onnegotiationneeded === observed) connection.onnegotiationneeded = handler
  if (!isCalled) handler.call(connection, event)
}
