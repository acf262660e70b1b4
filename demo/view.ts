/** Reads and writes the elements of a page. */

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
