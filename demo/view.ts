import type { IceConfiguration } from 'turnkeeper'

const MAX_EVENTS = 200

function element(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (!found) throw new Error(`No element #${id}`)
  return found
}

/** Writes a text if it is another one, so that nothing is laid out for nothing. */
export function show(id: string, text: string): void {
  const target = element(id)
  if (target.textContent !== text) target.textContent = text
}

export function showState(id: string, state: string): void {
  show(id, state)
  element(id).dataset.state = state
}

export function reveal(id: string): void {
  element(id).hidden = false
}

/** Shows how much of the credentials' life is left, and from where on they are replaced. */
export function showLife(configuration: IceConfiguration | undefined, phase: string, now: number): void {
  const life = element('life')
  const lifetimeMs = configuration ? configuration.expiresAt - configuration.fetchedAt : 0
  const leftMs = configuration ? Math.max(0, configuration.expiresAt - now) : 0
  const share = lifetimeMs > 0 ? leftMs / lifetimeMs : 0
  life.dataset.phase = phase
  element('life-left').style.transform = `scaleX(${share})`
  show('expires-in', configuration ? `${(leftMs / 1000).toFixed(1)} s left` : 'none')
}

/** Adds a line to the log, the newest first. */
export function logEvent(kind: 'refresh' | 'call' | 'error', text: string): void {
  const line = document.createElement('li')
  const time = document.createElement('time')
  time.textContent = new Date().toLocaleTimeString([], { hour12: false })
  const what = document.createElement('span')
  what.dataset.kind = kind
  what.textContent = text
  line.append(time, what)
  const list = element('events')
  list.prepend(line)
  while (list.children.length > MAX_EVENTS) list.lastChild?.remove()
}
