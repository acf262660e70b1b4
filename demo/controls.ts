/** Connects the controls under "Break something" with the backend and with the clock of the page. */
import type { IceServerProvider } from 'turnkeeper'
import type { FailureSettings } from './simulated-failures.js'
import { element, logEvent } from './view.js'

const HOUR_MS = 3_600_000

const configureFailures = (settings: FailureSettings) =>
  fetch('/api/failures', { method: 'POST', body: JSON.stringify(settings) })

const systemNow = Date.now
let clockOffsetMs = 0

// `new Date()` is not affected, so the times on the page stay correct.
Date.now = () => systemNow() + clockOffsetMs

/** Adds the listeners of the controls, and resets the failures that an earlier visit left on the server. */
export async function bindControls(provider: IceServerProvider): Promise<void> {
  onChoice('response', (response, label) => {
    logEvent('call', `The backend ${label}`)
    return configureFailures({ response: response as FailureSettings['response'] & string })
  })
  onChoice('at-expiry', (atExpiry, label) => {
    logEvent('call', `When credentials expire, the TURN server ${label}`)
    return configureFailures({ atExpiry: atExpiry as 'drop' | 'keep' })
  })
  onChoice('clock', (hours, label) => {
    logEvent('call', `The clock of this page is ${label}`)
    clockOffsetMs = Number(hours) * HOUR_MS
    dispatch('visibilitychange', document)
  })
  element<HTMLInputElement>('#offline').addEventListener('change', async ({ currentTarget }) => {
    const isOffline = (currentTarget as HTMLInputElement).checked
    logEvent('call', `The network is ${isOffline ? 'down' : 'back'}`)
    await configureFailures({ isOffline })
    Object.defineProperty(navigator, 'onLine', { configurable: true, value: !isOffline })
    dispatch(isOffline ? 'offline' : 'online', window)
  })
  onClick('revoke', () => {
    logEvent('call', 'All credentials were revoked')
    return configureFailures({ revoke: true })
  })
  onClick('expire', async () => {
    logEvent('call', 'The page was suspended until the credentials expired')
    await configureFailures({ revoke: true })
    clockOffsetMs += Math.max(0, (provider.current?.expiresAt ?? 0) - Date.now())
    dispatch('visibilitychange', document)
  })
  onClick('refresh', () => provider.refresh().catch(() => {})) // the `error` event reports it as well
  await configureFailures({ response: 'normal', isOffline: false, atExpiry: 'drop' })
}

function onClick(id: string, listener: () => unknown): void {
  element(`#${id}`).addEventListener('click', listener)
}

function onChoice(name: string, listener: (value: string, label: string) => unknown): void {
  for (const input of document.querySelectorAll<HTMLInputElement>(`input[name='${name}']`)) {
    input.addEventListener('change', () =>
      listener(input.value, input.parentElement?.textContent?.trim() ?? ''),
    )
  }
}

/** Dispatches an event that makes the provider check its state. */
function dispatch(type: string, target: EventTarget): void {
  target.dispatchEvent(new Event(type))
}
