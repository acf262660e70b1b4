import type { IceServerProvider } from '../../src/index.js'

/**
 * Rotates through credentials of 20 ms, and counts. Its text runs in pages too, so it uses nothing of this file.
 * A machine that stands still for a lifetime gets an answer when it is over: that is an `ERR_EXPIRED`, and another request.
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
    /** Goes on until there were so many updates in all. */
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
      unanswered: counts.requests - counts.updates - errors.length,
      otherErrors: errors.filter((code) => code !== 'ERR_EXPIRED'),
    }),
  }
}

/** What a run of so many reports if each update took one request. */
export const oneRequestEach = (updates: number) => ({ updates, outOfStep: 0, unanswered: 0, otherErrors: [] })
