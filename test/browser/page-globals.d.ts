declare global {
  /** The built script-tag file, in the pages of the browser tests. */
  const TurnKeeper: typeof import('turnkeeper')
}

export {}
