import type { IceServerProvider } from 'turnkeeper'
import type { Trouble } from './trouble.js'
import { element, logEvent } from './view.js'

const HOUR_MS = 3_600_000

const order = (trouble: Trouble) => fetch('/api/trouble', { method: 'POST', body: JSON.stringify(trouble) })

const trueNow = Date.now
let clockOffsetMs = 0

/** From here on the page lives by a clock that can be wrong; what it shows as the time of day is right. */
Date.now = () => trueNow() + clockOffsetMs

/** Connects the controls with what they break, and repairs what an earlier visit broke. */
export async function bindControls(provider: IceServerProvider): Promise<void> {
  onChoice('answer', (answer, label) => {
    logEvent('call', `Trouble: the backend answers ${label}`)
    return order({ answer: answer as Trouble['answer'] & string })
  })
  onChoice('at-expiry', (atExpiry, label) => {
    logEvent('call', `Trouble: at the expiry the TURN server ${label}`)
    return order({ atExpiry: atExpiry as 'drop' | 'keep' })
  })
  onChoice('clock', (hours, label) => {
    logEvent('call', `Trouble: the clock is ${label}`)
    clockOffsetMs = Number(hours) * HOUR_MS
    wake('visibilitychange', document)
  })
  element<HTMLInputElement>('#offline').addEventListener('change', async ({ currentTarget }) => {
    const isOffline = (currentTarget as HTMLInputElement).checked
    logEvent('call', `Trouble: the network is ${isOffline ? 'gone' : 'back'}`)
    await order({ isOffline })
    Object.defineProperty(navigator, 'onLine', { configurable: true, value: !isOffline })
    wake(isOffline ? 'offline' : 'online', window)
  })
  onClick('revoke', () => {
    logEvent('call', 'Trouble: all credentials were revoked')
    return order({ revoke: true })
  })
  onClick('expire', async () => {
    logEvent('call', 'Trouble: the page slept until the credentials ended')
    await order({ revoke: true })
    clockOffsetMs += Math.max(0, (provider.current?.expiresAt ?? 0) - Date.now())
    wake('visibilitychange', document)
  })
  onClick('refresh', () => provider.refresh().catch(() => {})) // there is an error event as well
  await order({ answer: 'normal', isOffline: false, atExpiry: 'drop' })
}

function onClick(id: string, act: () => unknown): void {
  element(`#${id}`).addEventListener('click', act)
}

function onChoice(name: string, act: (value: string, label: string) => unknown): void {
  for (const input of document.querySelectorAll<HTMLInputElement>(`input[name='${name}']`)) {
    input.addEventListener('change', () => act(input.value, input.parentElement?.textContent?.trim() ?? ''))
  }
}

/** What a browser tells a page when the world may have changed. */
function wake(type: string, target: EventTarget): void {
  target.dispatchEvent(new Event(type))
}
