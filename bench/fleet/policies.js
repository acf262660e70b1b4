const MINUTE = 60_000

/** The schedule of the library itself: what is simulated is what is shipped. */
export function libraryPolicy({ Schedule }) {
  return (clock, random) => {
    const schedule = new Schedule({ now: () => clock.now, random, minRefreshIntervalMs: 1000 })
    return {
      dueAt: () => schedule.requestAt(),
      succeed: (expiresAt) => schedule.succeed({ fetchedAt: clock.now, expiresAt }, true),
      fail: () => schedule.fail({ retryAfterMs: undefined, fatal: false }, false),
    }
  }
}

/** The library's rules, but for one: it waits as long while its credentials live as it does without any. */
export function patientPolicy({ chooseRefreshAt, backoffDelayMs }) {
  return (clock, random) => {
    let dueAt = 0
    let failingSince
    let isFirst = true
    return {
      dueAt: () => dueAt,
      succeed: (expiresAt) => {
        const mayBeSynchronized = isFirst || failingSince !== undefined
        dueAt = chooseRefreshAt({ fetchedAt: clock.now, expiresAt }, undefined, random(), mayBeSynchronized)
        failingSince = undefined
        isFirst = false
      },
      fail: () => {
        failingSince ??= clock.now
        const outageMs = Math.max(clock.now - failingSince, 5 * MINUTE)
        dueAt = clock.now + backoffDelayMs(outageMs, 0, random())
      },
    }
  }
}

/** A timer ten minutes before the end; after a failure again ten seconds later. */
export function fixedMarginPolicy(clock) {
  let dueAt = 0
  return {
    dueAt: () => dueAt,
    succeed: (expiresAt) => {
      dueAt = expiresAt - 10 * MINUTE
    },
    fail: () => {
      dueAt = clock.now + 10_000
    },
  }
}

/** As matrix-js-sdk does it: looks every ten minutes whether more than ten are left, and asks if not. */
export function pollPolicy(clock) {
  const INTERVAL = 10 * MINUTE
  let dueAt = 0
  return {
    dueAt: () => dueAt,
    succeed: (expiresAt) => {
      const polls = Math.ceil((expiresAt - INTERVAL - clock.now) / INTERVAL)
      dueAt = clock.now + Math.max(polls, 1) * INTERVAL
    },
    fail: () => {
      dueAt = clock.now + INTERVAL
    },
  }
}
