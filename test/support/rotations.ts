/** Many credential rotations with real timers, for the soak tests. */
import type { IceServerProvider } from '../../src/index.js'

/**
 * Starts a provider whose credentials are valid for 20 ms, and counts requests and updates. Pages run the source text of
 * this function, so it uses nothing else from this module.
 * If the machine stalls for longer than a lifetime, the response has expired: an `ERR_EXPIRED`, then another request.
 */
export function startRotations(Provider: typeof IceServerProvider) {
  const counts = { requests: 0, updates: 0, outOfStep: 0 }
  const errors: string[] = []
  const endpoint = () => ({
    iceServers: [{ urls: 'turn:t.org', username: `u${++counts.requests}`, credential: 'c' }],
    expiresAt: Date.now() + 20,
  })
  const provider = new Provider(endpoint, { minRefreshIntervalMs: 1, random: () => 0 })
  provider.on('error', ({ code }) => errors.push(code))
  return {
    provider,
    /** Rotates until there were this many updates since the start. */
    reach: (count: number) =>
      new Promise<void>((resolve) => {
        const onUpdate = () => {
          if (++counts.updates + errors.length !== counts.requests) counts.outOfStep++
          if (counts.updates < count) return
          resolve()
          provider.off('update', onUpdate)
        }
        provider.on('update', onUpdate)
      }),
    report: () => ({
      updates: counts.updates,
      outOfStep: counts.outOfStep,
      unsettledRequests: counts.requests - counts.updates - errors.length,
      otherErrors: errors.filter((code) => code !== 'ERR_EXPIRED'),
    }),
  }
}

/** The report of a run in which each update took one request. */
export const oneRequestEach = (updates: number) => ({
  updates,
  outOfStep: 0,
  unsettledRequests: 0,
  otherErrors: [],
})
