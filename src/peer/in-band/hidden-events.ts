/** Hides the events of a negotiation of the library from the app. */
import { readUfrags } from '../../ice-states.js'
import { readDescription } from '../connection-snapshot.js'
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

/** The generations of candidates that negotiations of the library have begun (RFC 8839 §4.4.1.1). */
export class OwnGenerations {
  readonly #ufrags = new Set<string>()

  /** Adds that of a local description. */
  add(sdp: string): void {
    for (const ufrag of readUfrags({ sdp })) this.#ufrags.add(ufrag)
  }

  /** Whether a gathering event belongs to one of them. An event without a candidate belongs to the current one. */
  include(event: Event, connection: NegotiableConnection): boolean {
    const { candidate } = event as Event & { readonly candidate?: RTCIceCandidate | null }
    const ufrag = candidate?.usernameFragment ?? readDescription(connection).localUfrag
    return ufrag !== undefined && this.#ufrags.has(ufrag)
  }
}
