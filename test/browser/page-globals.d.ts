declare global {
  /** The built script-tag file, in the pages of the browser tests. */
  const TurnKeeper: typeof import('turnkeeper')
  /** In pages that ran `installCalls`. */
  const Calls: import('../support/page-calls.js').Calls
}

export {}
