/** Writes what is known of a call to its card. */
import { element, showState, showText } from '../view.js'
import type { CallFacts } from './call-facts.js'
import type { CallView } from './describe-call.js'

/** The ids of the cards, and the prefixes of the ids in them. */
export type CardId = 'left' | 'right'

export function showCall(id: CardId, view: CallView, { messages, username }: CallFacts): void {
  const card = element(`#${id}`)
  card.dataset.health = view.health
  card.toggleAttribute('data-highlighted', view.isHighlighted)
  showState(`${id}-badge`, view.badge)
  showText(`${id}-countdown`, view.countdown)
  element(`#${id}-remaining`).style.transform = `scaleX(${view.remainingRatio.toFixed(3)})`
  showText(`${id}-next`, view.nextRequest)
  showText(`${id}-username`, username)
  showText(`${id}-sent`, String(messages.sent))
  showText(`${id}-received`, String(messages.received))
  showText(`${id}-missing`, String(messages.missing))
  showText(`${id}-reason`, view.reason)
}

/** Returns a function that shows a received stream in a card. */
export const showStreamIn = (id: CardId) => (stream: MediaStream) => {
  element<HTMLVideoElement>(`#${id} video`).srcObject = stream
}
