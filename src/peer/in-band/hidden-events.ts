/** Hides the events of a negotiation of the library from the app. */
import type { NegotiableConnection } from '../negotiable-connection.js'

const TYPES = ['signalingstatechange', 'icecandidate', 'icegatheringstatechange']

/**
 * Stops events before they reach listeners that are added later, and handlers such as `onicecandidate`.
 *
 * @param shouldHide - Called for each event.
 * @returns a function that stops this.
 */
export function hideEvents(
  connection: NegotiableConnection,
  shouldHide: (event: Event) => boolean,
): () => void {
  const onEvent = (event: unknown) => {
    if (shouldHide(event as Event)) (event as Event).stopImmediatePropagation()
  }
  for (const type of TYPES) connection.addEventListener(type, onEvent)
  return () => {
    for (const type of TYPES) connection.removeEventListener(type, onEvent)
  }
}
