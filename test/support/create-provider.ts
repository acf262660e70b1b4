/** Providers whose endpoint function responds as a test says. */
import { onTestFinished, vi } from 'vitest'
import {
  type EndpointContext,
  IceServerError,
  IceServerProvider,
  type IceServerProviderOptions,
} from '../../src/index.js'
import { iceServersResponse } from './http-server.js'

export const networkError = new IceServerError('ERR_NETWORK', 'unreachable')
export const deniedError = new IceServerError('ERR_DENIED', 'denied', { status: 401 })
export const busyError = (retryAfterMs: number) =>
  new IceServerError('ERR_HTTP', 'busy', { status: 429, retryAfterMs })

/** URL of the TURN server in `iceServersResponse()`, as `icecandidateerror` events contain it. */
export const TURN_URL = 'turn:t.org:3478?transport=udp'

/** Returns the current username for the TURN server in `iceServersResponse()`. */
export const usernameOf = ({ current }: IceServerProvider) => current?.iceServers[1]?.username

/** Called with the number of the request, which begins at 1. */
type Respond = (count: number) => unknown

/** Responds with the usernames u1, u2, … and a lifetime of an hour. */
const respondWithNewUsername: Respond = (count) => iceServersResponse(3600, `u${count}`)

export const responseWithUsername = (username: string) => iceServersResponse(3600, username)

/** Responds with these outcomes in turn, and then always with the last one. Throws errors, calls functions. */
export const respondInTurn =
  (...outcomes: readonly unknown[]): Respond =>
  async (count) => {
    const next = outcomes[Math.min(count, outcomes.length) - 1]
    const outcome = typeof next === 'function' ? await next() : next
    if (outcome instanceof Error) throw outcome
    return outcome
  }

/** Creates a provider without jitter, and closes it when the test has finished. */
export function createProvider(
  respond: Respond = respondWithNewUsername,
  options: IceServerProviderOptions = {},
) {
  const endpoint = vi.fn(async (_: EndpointContext) => respond(endpoint.mock.calls.length))
  const provider = new IceServerProvider(endpoint, { random: () => 0, ...options })
  onTestFinished(() => provider.close())
  return {
    endpoint,
    provider,
    /** Returns why each request was made. */
    reasons: () => endpoint.mock.calls.map(([{ reason }]) => reason),
    /** Returns a list to which every error code, state and `expired` event is added from now on. */
    recordEvents() {
      const events: string[] = []
      provider.on('error', ({ code }) => events.push(code))
      provider.on('expired', () => events.push('expired event'))
      provider.on('statechange', (state) => events.push(state))
      return events
    },
  }
}
