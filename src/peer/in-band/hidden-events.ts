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

/** Which events belong to negotiations of the library: by the generation of their candidates (RFC 8839 §4.4.1.1). */
export class OwnEvents {
  readonly #ufrags = new Set<string>()
  /** The generation that a rollback has restored. In Firefox the gathering of the offer that was rolled back ends later. */
  #restoredUfrag: string | undefined

  /** A local description of the library begins a generation. */
  addGeneration(sdp: string): void {
    for (const ufrag of readUfrags({ sdp })) this.#ufrags.add(ufrag)
  }

  /** An offer of the library was rolled back. */
  handleRollback(connection: NegotiableConnection): void {
    this.#restoredUfrag = readDescription(connection).localUfrag
  }

  /** @param isNegotiating - Whether the library negotiates now. */
  include(event: Event, connection: NegotiableConnection, isNegotiating: boolean): boolean {
    if (event.type === 'signalingstatechange') {
      // What the app negotiates, it gathers for itself.
      if (!isNegotiating) this.#restoredUfrag = undefined
      return isNegotiating
    }
    const { candidate } = event as Event & { readonly candidate?: RTCIceCandidate | null }
    const ufrag = candidate?.usernameFragment
    if (typeof ufrag === 'string') return this.#ufrags.has(ufrag)
    const { localUfrag } = readDescription(connection)
    return localUfrag !== undefined && (this.#ufrags.has(localUfrag) || localUfrag === this.#restoredUfrag)
  }
}
