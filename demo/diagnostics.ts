/** The page that tests ICE servers: pasted ones, or those of the demo's endpoint. */
import { IceServerProvider, type IceServerReport, type RTCIceServer, testIceServers } from 'turnkeeper'
import { readPasted } from './read-pasted.js'
import { element, showText } from './view.js'

const provider = new IceServerProvider('/api/ice-servers')
const configuration = element<HTMLTextAreaElement>('#configuration')
const stop = element<HTMLButtonElement>('#stop')
let controller = new AbortController()

/** Runs a test. A test that is still running is aborted. */
async function test(readServers: () => RTCIceServer[] | Promise<RTCIceServer[]>): Promise<void> {
  controller.abort()
  controller = new AbortController()
  const { signal } = controller
  showText('error', '')
  showResults('', [])
  try {
    const iceServers = await readServers()
    if (signal.aborted) return
    const cards = iceServers.flatMap(({ urls }) => urls).map(createPendingCard)
    showResults(`0 of ${cards.length}`, cards)
    stop.disabled = false
    let doneCount = 0
    await testIceServers(iceServers, {
      signal,
      onProgress(report, index) {
        showText('progress', `${++doneCount} of ${cards.length}`)
        if (cards[index]) showReport(cards[index], report)
      },
    })
  } catch (error) {
    if (signal.aborted) return
    showResults('', [])
    showText('error', error instanceof Error ? error.message : String(error))
  }
  stop.disabled = true
}

function showResults(progress: string, cards: HTMLElement[]): void {
  showText('progress', progress || 'no results')
  element('#results').replaceChildren(...cards)
}

function createPendingCard(url: string): HTMLElement {
  const card = createElement('li', '')
  fillCard(card, url, 'testing …')
  return card
}

function showReport(card: HTMLElement, report: IceServerReport): void {
  const { url, verdict, message, errorCode, candidateType, addressFamily, roundTripMs } = report
  const details = [
    errorCode === undefined ? '' : `code ${errorCode}`,
    candidateType ? `${[candidateType, addressFamily].filter(Boolean).join(' ')} candidate` : '',
    roundTripMs === undefined ? '' : `round trip ${roundTripMs.toFixed(1)} ms`,
  ]
  fillCard(card, url, verdict, message, details.filter(Boolean).join(' · '))
}

function fillCard(card: HTMLElement, url: string, verdict: string, message = '', details = ''): void {
  const badge = createElement('span', verdict, 'badge')
  badge.dataset.state = verdict
  card.dataset.verdict = verdict
  card.replaceChildren(
    createElement('code', url),
    badge,
    createElement('p', message),
    createElement('p', details, 'soft'),
  )
}

function createElement(name: string, text: string, className = ''): HTMLElement {
  return Object.assign(document.createElement(name), { textContent: text, className })
}

element('#test').addEventListener('click', () => test(() => readPasted(configuration.value)))
element('#test-endpoint').addEventListener('click', () => test(() => provider.getIceServers()))
stop.addEventListener('click', () => {
  controller.abort()
  stop.disabled = true
  showText('progress', `stopped after ${element('#progress').textContent}`)
  for (const card of document.querySelectorAll<HTMLElement>('[data-verdict="testing …"]')) {
    fillCard(card, card.querySelector('code')?.textContent ?? '', 'stopped')
  }
})
