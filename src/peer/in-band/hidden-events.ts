/** Hides the events of a negotiation of the library from the app. */
import { readUfrags } from '../../ice-states.js'
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

/** Which events belong to negotiations of the library. */
export class OwnEvents {
  /** Username fragments of the candidates (RFC 8839 §4.4.1.1). */
  readonly #ufrags = new Set<string>()
  /** Whether the latest negotiation is one of the library. Firefox ends the gathering of an offer after its rollback. */
  #isLatestOwn = false

  /** A local description of the library starts gathering. */
  handleLocalDescription(sdp: string): void {
    for (const ufrag of readUfrags({ sdp })) this.#ufrags.add(ufrag)
    this.#isLatestOwn = true
  }

  /** @param isNegotiating - Whether the library negotiates now. */
  include(event: Event, isNegotiating: boolean): boolean {
    if (event.type === 'signalingstatechange') {
      // An app that negotiates may wait for the end of gathering, also if that began with a negotiation of the library.
      if (!isNegotiating) this.#isLatestOwn = false
      return isNegotiating
    }
    const { candidate } = event as Event & { readonly candidate?: RTCIceCandidate | null }
    const ufrag = candidate?.usernameFragment
    return typeof ufrag === 'string' ? this.#ufrags.has(ufrag) : this.#isLatestOwn
  }
}
