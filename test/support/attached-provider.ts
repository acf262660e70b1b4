/** Providers and connections for tests of `provider.attach()`. */
import { vi } from 'vitest'
import type {
  AttachOptions,
  IceServerProvider,
  IceServerProviderOptions,
  RTCIceServer,
} from '../../src/index.js'
import { createProvider } from './create-provider.js'
import { createFakeConnection } from './fake-connection.js'
import { advance, HOUR, NOW, SECOND } from './time.js'

export const serversOf = (name: string): RTCIceServer[] => [
  { urls: [`turn:${name}`], username: 'u', credential: 'c' },
]
export const OLD = serversOf('old')
/** New credentials for the TURN server of `OLD`. */
export const RENEWED: RTCIceServer[] = [{ urls: ['turn:old'], username: 'renewed', credential: 'c' }]
export const NEW = serversOf('new')
export const NEWER = serversOf('newer')

/** When the first credentials expire. */
export const DEADLINE = NOW + 60 * SECOND

/** For this long after new servers, a local description may still come from an offer that was created before them. */
export const OFFER_MS = 500
/** For this long after a negotiation, the connection may still switch to its new candidates. */
export const SETTLED_MS = 3 * SECOND

/** Creates a provider with the servers `OLD`, which `rotate()` replaces. Needs the fake clock. */
export async function createAttachedProvider(options: IceServerProviderOptions = {}) {
  let response: unknown = { iceServers: OLD, expiresAt: DEADLINE }
  const { provider, endpoint } = createProvider(() => response, { minRefreshIntervalMs: 1, ...options })
  const onError = vi.fn()
  provider.on('error', onError)
  await provider.getConfiguration()
  return {
    provider,
    endpoint,
    onError,
    attach: provider.attach.bind(provider) as typeof provider.attach,
    /** Refreshes. The deadline of the restarts is the expiry of the servers that are replaced. */
    async rotate(iceServers = NEW, expiresAt = Date.now() + HOUR) {
      response = { iceServers, expiresAt }
      await advance(1) // the minimum interval
      await provider.refresh()
    },
  }
}

/** Creates a fake connection with spies. */
export function createConnection(
  configuration: RTCConfiguration = { iceServers: OLD },
  candidateType = 'relay',
) {
  const connection = createFakeConnection(configuration, candidateType)
  return Object.assign(connection, {
    setConfiguration: vi.fn(connection.setConfiguration),
    restartIce: vi.fn(),
  })
}

/** Creates a connection with the current servers of the provider, and attaches it. */
export function attachConnection(provider: IceServerProvider, options?: AttachOptions) {
  const connection = createConnection({ iceServers: provider.current?.iceServers ?? [] })
  provider.attach(connection, options)
  return connection
}

/** Lets the selected pair stay at these candidates. */
export function pinSelectedPair(
  pc: Pick<ReturnType<typeof createConnection>, 'getStats'>,
  usernameFragment: string,
): void {
  const entries = [
    { id: 'T', selectedCandidatePairId: 'P' },
    { id: 'P', localCandidateId: 'L' },
    { id: 'L', candidateType: 'relay', usernameFragment },
  ]
  pc.getStats = async () => new Map(entries.map((entry) => [entry.id, entry]))
}
