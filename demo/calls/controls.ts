/** The controls under "Break something": they change the backend, the TURN server and the clock of this page only. */
import type { IceServerProvider } from 'turnkeeper'
import type { SimulationSettings } from '../simulations.js'
import { element } from '../view.js'
import type { Settings } from './call-facts.js'
import { logEvent } from './event-log.js'
import { setClock } from './page-clock.js'

const INITIAL: Settings = { response: 'normal', isOffline: false, atExpiry: 'drop' }

export interface Controls {
  /** What is set now. */
  readonly settings: Settings
}

export interface ControlListeners {
  /** Called when all credentials so far were revoked. */
  onRevoke(): void
  /** Called when everything is set back to normal and the credentials were refreshed. */
  onRepair(): Promise<void>
}

/** Adds the listeners of the controls. */
export function bindControls(
  page: string,
  provider: IceServerProvider,
  { onRevoke, onRepair }: ControlListeners,
): Controls {
  const endpoint = `/api/simulation?page=${page}`
  let settings = INITIAL
  const configure = async (changes: SimulationSettings) => {
    const { revoke, ...kept } = changes
    settings = { ...settings, ...kept }
    await fetch(endpoint, { method: 'POST', body: JSON.stringify(changes) })
  }
  const refresh = () => provider.refresh().catch(() => {}) // the `error` event reports it
  const setOffline = async (isOffline: boolean) => {
    if (isOffline === settings.isOffline) return
    logEvent('call', `The network is ${isOffline ? 'down' : 'back'}`)
    await configure({ isOffline })
    Object.defineProperty(navigator, 'onLine', { configurable: true, value: !isOffline })
    window.dispatchEvent(new Event(isOffline ? 'offline' : 'online'))
  }
  const setHours = (hours: number) => {
    setClock(hours)
    document.dispatchEvent(new Event('visibilitychange')) // the provider checks its state
  }

  onChoice('response', (response, label) => {
    logEvent('call', `The backend ${label}`)
    return configure({ response: response as Settings['response'] })
  })
  onChoice('at-expiry', (atExpiry, label) => {
    logEvent('call', `When credentials expire, the TURN server ${label}`)
    return configure({ atExpiry: atExpiry as Settings['atExpiry'] })
  })
  onChoice('clock', (hours, label) => {
    logEvent('call', `The clock of this page is ${label}`)
    setHours(Number(hours))
  })
  const offline = element<HTMLInputElement>('#offline')
  offline.addEventListener('change', () => setOffline(offline.checked))
  onClick('revoke', async () => {
    logEvent('call', 'All credentials were revoked')
    await configure({ revoke: true })
    onRevoke()
  })
  onClick('refresh', refresh)
  onClick('repair', async () => {
    logEvent('call', 'Repair: everything is set back to normal, and refresh() is called')
    element<HTMLFormElement>('#controls').reset()
    setHours(0)
    await setOffline(false)
    await configure(INITIAL)
    await refresh()
    await onRepair()
  })
  addEventListener('pagehide', () => void fetch(endpoint, { method: 'DELETE', keepalive: true }))
  return {
    get settings() {
      return settings
    },
  }
}

function onClick(id: string, listener: () => unknown): void {
  element(`#${id}`).addEventListener('click', listener)
}

function onChoice(name: string, listener: (value: string, label: string) => unknown): void {
  for (const input of document.querySelectorAll<HTMLInputElement>(`input[name='${name}']`)) {
    input.addEventListener('change', () =>
      listener(input.value, input.labels?.[0]?.textContent?.trim() ?? ''),
    )
  }
}
