import { vi } from 'vitest'
import {
  type EndpointContext,
  IceServerError,
  IceServerProvider,
  type IceServerProviderOptions,
} from '../../src/index.js'

export const broken = new IceServerError('ERR_NETWORK', 'broken')
export const denied = new IceServerError('ERR_DENIED', 'denied', { status: 401 })

/** Of the usual answer's TURN server. */
export const usernameOf = ({ current }: IceServerProvider) => current?.iceServers[1]?.username

/** A provider without jitter whose endpoint does at its n-th call as it is told; `log` begins to write down what it tells. */
export function createProvider(respond: (count: number) => unknown, options: IceServerProviderOptions) {
  const endpoint = vi.fn(async (_: EndpointContext) => respond(endpoint.mock.calls.length))
  const provider = new IceServerProvider(endpoint, { random: () => 0, ...options })
  const events: string[] = []
  const log = () => {
    provider.on('error', ({ code }) => events.push(code))
    provider.on('expired', () => events.push('expired!'))
    provider.on('statechange', (state) => events.push(state))
    return events
  }
  return { endpoint, provider, log }
}
