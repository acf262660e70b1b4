import { onTestFinished, vi } from 'vitest'
import type { IceServerProviderOptions, RTCIceServer } from '../../src/index.js'
import { createProvider } from './create-provider.js'
import { createFakeConnection } from './fake-connection.js'
import { advance, HOUR, NOW, SECOND } from './time.js'

const serversOf = (name: string): RTCIceServer[] => [
  { urls: [`turn:${name}`], username: 'u', credential: 'c' },
]
export const OLD = serversOf('old')
export const NEW = serversOf('new')
export const NEWER = serversOf('newer')

/** When the first credentials expire. */
export const DEADLINE = NOW + 60 * SECOND

/** Until no description can be in flight that was created before the new servers. */
export const OFFER_MS = 500
/** Until a negotiation has taken effect. */
export const SETTLED_MS = 3 * SECOND

/** A provider that has the servers `OLD`, and gets others when they are rotated. Needs the fake clock. */
export async function createAttachedProvider(options: IceServerProviderOptions = {}) {
  let response: unknown = { iceServers: OLD, expiresAt: DEADLINE }
  const { provider, endpoint } = createProvider(() => response, { minRefreshIntervalMs: 1, ...options })
  onTestFinished(() => provider.close())
  const onError = vi.fn()
  provider.on('error', onError)
  await provider.getConfiguration()
  return {
    provider,
    endpoint,
    onError,
    attach: provider.attach.bind(provider) as typeof provider.attach,
    /** Refreshes. The previous deadline is the expiry of the servers that are replaced. */
    async rotate(iceServers = NEW, expiresAt = Date.now() + HOUR) {
      response = { iceServers, expiresAt }
      await advance(1) // the minimum interval
      await provider.refresh()
    },
  }
}

/** A fake connection with spies, up by a pair of this type. */
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
