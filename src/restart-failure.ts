/** Why ICE restarts of the library fail. */

/**
 * Why a restart failed:
 *
 * - `no-offer`: the app made no offer.
 * - `no-answer`: the remote peer did not answer the offer.
 * - `remote-peer`: the remote peer answered without restarting ICE: its username fragment is the same as before.
 * - `no-relay`: no TURN server has allocated a relay address.
 * - `not-moved`: the selected pair still uses the previous candidates.
 * - `same-allocation`: the connection has restarted with a relay address that it had before.
 * - `connection-failed`: ICE failed.
 * @group Live connections
 */
export type RestartFailure =
  | 'no-offer'
  | 'no-answer'
  | 'remote-peer'
  | 'no-relay'
  | 'not-moved'
  | 'same-allocation'
  | 'connection-failed'
