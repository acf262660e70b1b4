/** Follows the events of the provider: for its facts, the event log and the timeline. */
import type { IceServerProvider } from 'turnkeeper'
import { increment, showText } from '../view.js'
import type { KeptCallFacts } from './call-facts.js'
import type { Row } from './charts.js'
import { logEvent } from './event-log.js'
import { followSystemClock, msUntil } from './page-clock.js'

type ObservedFacts = Pick<KeptCallFacts, 'provider' | 'restarts' | 'lastRestart'>

export interface ObservedProvider {
  /** Reads the state of the provider and of its ICE restarts. */
  read(): ObservedFacts
  /** Forgets the newest ICE restart: it was that of another call. */
  forgetRestart(): void
}

/** Adds the listeners. */
export function observeProvider(provider: IceServerProvider, mark: (row: Row) => void): ObservedProvider {
  let restarts = 0
  let last: { cause: string; durationMs: number; completedAt: number } | undefined
  let workingSince: number | undefined
  provider.on('refresh', ({ outcome }) => {
    const isFailure = outcome === 'failure'
    workingSince = isFailure ? undefined : (workingSince ?? performance.now())
    if (!isFailure) followSystemClock()
    increment('requests')
    mark(isFailure ? 'failure' : 'request')
  })
  provider.on('update', ({ iceServers }, previous) => {
    const username = iceServers.find((server) => server.username)?.username
    logEvent('request', `${previous ? 'Refreshed' : 'Fetched'}: ${username}`)
  })
  provider.on('error', ({ code, message }) => logEvent('failure', `${code}: ${message}`))
  provider.on('expired', () => logEvent('failure', 'Credentials expired before a refresh succeeded'))
  provider.on('statechange', (state) => showText('provider-state', state))
  provider.on('restart', ({ status, cause, durationMs = 0 }) => {
    logEvent(status === 'failed' ? 'failure' : 'restart', `ICE restart (${cause}): ${status}`)
    if (status !== 'completed') return
    restarts++
    mark('restart')
    last = { cause, durationMs, completedAt: performance.now() }
  })
  const read = () => {
    const { state, isRefreshing, nextRefreshAt, lastError } = provider
    const nextRefreshMs = nextRefreshAt === undefined ? undefined : msUntil(nextRefreshAt)
    const workingMs = workingSince === undefined ? 0 : performance.now() - workingSince
    return {
      provider: { state, isRefreshing, workingMs, nextRefreshMs, lastError },
      restarts,
      lastRestart: last && {
        isRotation: last.cause === 'rotation',
        durationMs: last.durationMs,
        agoMs: performance.now() - last.completedAt,
      },
    }
  }
  return {
    read,
    forgetRestart() {
      last = undefined
    },
  }
}
