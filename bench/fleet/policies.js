/** The refresh policies that the simulation compares. Each creates a client from a clock and a random function. */
import { MINUTE, SECOND } from '../time.js'

/**
 * The policy of the library, from its own source.
 *
 * @param {typeof import('../../src/refresh/refresh-state.js')} refreshState
 */
export function libraryPolicy({ createRefreshRecord, nextRefreshState, requestAt }) {
  return (clock, random) => {
    let record = createRefreshRecord(clock.now)
    const apply = (event) => {
      record = nextRefreshState(record, event, { now: clock.now, random, minRefreshIntervalMs: SECOND })
    }
    return {
      dueAt: () => requestAt(record, undefined) ?? Number.POSITIVE_INFINITY,
      succeed(expiresAt) {
        apply({ type: 'request-started' })
        apply({
          type: 'configuration-received',
          lifetime: { fetchedAt: clock.now, expiresAt },
          serversChanged: true,
        })
      },
      fail() {
        apply({ type: 'request-started' })
        apply({ type: 'request-failed', fatal: false, retryAfterMs: undefined, isOffline: false })
      },
    }
  }
}

/**
 * The policy of the library with one difference: the backoff is as long while credentials are valid as without any.
 *
 * @param {typeof import('../../src/refresh/refresh-policy.js')} refreshPolicy
 */
export function slowRetryPolicy({ chooseRefreshAt, backoffDelayMs }) {
  return (clock, random) => {
    let dueAt = 0
    let failingSince
    let isFirst = true
    return {
      dueAt: () => dueAt,
      succeed(expiresAt) {
        const mayBeSynchronized = isFirst || failingSince !== undefined
        dueAt = chooseRefreshAt({ fetchedAt: clock.now, expiresAt }, undefined, random(), mayBeSynchronized)
        failingSince = undefined
        isFirst = false
      },
      fail() {
        failingSince ??= clock.now
        const outageMs = Math.max(clock.now - failingSince, 5 * MINUTE)
        dueAt = clock.now + backoffDelayMs(outageMs, 0, random())
      },
    }
  }
}

/** A timer that fires ten minutes before expiry, and ten seconds after a failure. */
export function fixedMarginPolicy(clock) {
  let dueAt = 0
  return {
    dueAt: () => dueAt,
    succeed(expiresAt) {
      dueAt = expiresAt - 10 * MINUTE
    },
    fail() {
      dueAt = clock.now + 10 * SECOND
    },
  }
}

/** A check every ten minutes, which refreshes if less than ten minutes remain (matrix-js-sdk). */
export function pollPolicy(clock) {
  const INTERVAL = 10 * MINUTE
  let dueAt = 0
  return {
    dueAt: () => dueAt,
    succeed(expiresAt) {
      const polls = Math.ceil((expiresAt - INTERVAL - clock.now) / INTERVAL)
      dueAt = clock.now + Math.max(polls, 1) * INTERVAL
    },
    fail() {
      dueAt = clock.now + INTERVAL
    },
  }
}
