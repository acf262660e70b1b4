/** Reads and writes the elements of a page. */
import type { IceConfiguration } from 'turnkeeper'

const MAX_EVENTS = 200

/** Returns the first element that matches. Throws if there is none. */
export function element<Kind extends HTMLElement = HTMLElement>(selector: string): Kind {
  const found = document.querySelector<Kind>(selector)
  if (!found) throw new Error(`The page has no element ${selector}`)
  return found
}

/** Sets the text of an element if it changed, to avoid a needless layout. */
export function showText(id: string, text: string): void {
  const target = element(`#${id}`)
  if (target.textContent !== text) target.textContent = text
}

export function showState(id: string, state: string): void {
  showText(id, state)
  element(`#${id}`).dataset.state = state
}

/** Increments the number in an element. */
export function increment(id: string): void {
  showText(id, String(Number(element(`#${id}`).textContent) + 1))
}

/** Shows how much of the lifetime of the credentials remains. */
export function showLifetime(configuration: IceConfiguration | undefined, state: string): void {
  const lifetimeMs = configuration ? configuration.expiresAt - configuration.fetchedAt : 0
  const remainingMs = configuration ? Math.max(0, configuration.expiresAt - Date.now()) : 0
  const ratio = lifetimeMs > 0 ? Math.min(1, remainingMs / lifetimeMs) : 0
  element('#lifetime-bar').dataset.state = state
  element('#lifetime-remaining').style.transform = `scaleX(${ratio})`
  showText('expires-in', configuration ? `${(remainingMs / 1000).toFixed(1)} s left` : 'none')
}

export type EventKind = 'refresh' | 'restart' | 'allocation' | 'call' | 'error'

/** Adds an entry to the event log, newest first. */
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
