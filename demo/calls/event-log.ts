/** The event log of the page. */
import { element } from '../view.js'

const MAX_EVENTS = 200

export type EventKind = 'request' | 'restart' | 'call' | 'failure'

/** Adds an entry, newest first. */
export function logEvent(kind: EventKind, text: string): void {
  const entry = document.createElement('li')
  const time = document.createElement('time')
  time.textContent = new Date().toLocaleTimeString([], { hour12: false })
  const description = document.createElement('span')
  description.dataset.kind = kind
  description.textContent = text
  entry.append(time, description)
  const list = element('#events')
  list.prepend(entry)
  while (list.children.length > MAX_EVENTS) list.lastChild?.remove()
}
