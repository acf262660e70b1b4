declare global {
  /** The built script-tag file, in the pages of the browser tests. */
  const TurnKeeper: typeof import('turnkeeper')
  /** In pages that ran `installCalls`. */
  const Calls: import('../support/page-calls.js').Calls
  /** In pages that ran `installApps`. */
  const Apps: import('../support/echo-apps.js').EchoApps
  /** In pages that loaded simple-peer's script; with a member that its types do not have. */
  const SimplePeer: new (
    options: import('simple-peer').Options,
  ) => import('simple-peer').Instance & { _pc: RTCPeerConnection }
}

export {}
