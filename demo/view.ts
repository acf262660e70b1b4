import type { IceConfiguration } from 'turnkeeper'

const MAX_EVENTS = 200

export function element<Kind extends HTMLElement = HTMLElement>(selector: string): Kind {
  const found = document.querySelector<Kind>(selector)
  if (!found) throw new Error(`No element ${selector}`)
  return found
}

/** Writes a text if it is another one, so that nothing is laid out for nothing. */
export function show(id: string, text: string): void {
  const target = element(`#${id}`)
  if (target.textContent !== text) target.textContent = text
}

export function showState(id: string, state: string): void {
  show(id, state)
  element(`#${id}`).dataset.state = state
}

/** Adds one to a number. */
export function count(id: string): void {
  show(id, String(Number(element(`#${id}`).textContent) + 1))
}

/** Shows how much of the credentials' life is left. */
export function showLife(configuration: IceConfiguration | undefined, phase: string): void {
  const lifetimeMs = configuration ? configuration.expiresAt - configuration.fetchedAt : 0
  const leftMs = configuration ? Math.max(0, configuration.expiresAt - Date.now()) : 0
  const share = lifetimeMs > 0 ? Math.min(1, leftMs / lifetimeMs) : 0
  element('#life').dataset.phase = phase
  element('#life-left').style.transform = `scaleX(${share})`
  show('expires-in', configuration ? `${(leftMs / 1000).toFixed(1)} s left` : 'none')
}

export type EventKind = 'refresh' | 'restart' | 'allocation' | 'call' | 'error'

/** Adds a line to the log, the newest first. */
export function logEvent(kind: EventKind, text: string): void {
  const line = document.createElement('li')
  const time = document.createElement('time')
  time.textContent = new Date().toLocaleTimeString([], { hour12: false })
  const what = document.createElement('span')
  what.dataset.kind = kind
  what.textContent = text
  line.append(time, what)
  const list = element('#events')
  list.prepend(line)
  while (list.children.length > MAX_EVENTS) list.lastChild?.remove()
}
