/** What `explain()` returns: plain data for logs and bug reports, without secrets. */
import type { RestartFailure } from './restart-failure.js'

/**
 * Why a connection does not work, or that it does:
 *
 * - `connected`: it works.
 * - `connecting`: ICE or DTLS is still in progress.
 * - `gathering`: only relay candidates are wanted, and no TURN server has responded so far.
 * - `closed`: it is closed.
 * - `no-offer`: no description has been set, or the app made no offer for an ICE restart.
 * - `no-answer`: the app has set a local offer, but no SDP answer of the remote peer.
 * - `no-local-answer`: the app has set an offer of the remote peer, and created no SDP answer.
 * - `no-remote-candidates`: the connection has no remote candidates.
 * - `no-response`: no response to a connectivity check has arrived.
 * - `connection-lost`: ICE was connected, and nothing arrives any more.
 * - `dtls-failed`: ICE is connected, and the DTLS handshake failed.
 * - `no-turn-server`: a relay is needed, and the configuration contains no TURN server.
 * - `credentials-rejected`: a TURN server rejected the credentials.
 * - `quota-reached`: a TURN server allocates no more relay addresses for this user.
 * - `turn-error`: a TURN server responded with another error.
 * - `host-not-found`: the host name of a TURN server is unknown.
 * - `udp-blocked`: no TURN server responds over UDP, and the configuration contains no URL over TCP or TLS.
 * - `turn-unreachable`: no TURN server responds.
 * - `no-relay-candidate`: only relay candidates are wanted, and there is none.
 * - `no-ice-restart`: the remote peer did not restart ICE with its SDP answer.
 * - `not-moved`: the connection works, but an ICE restart did not move it to its new candidates.
 * - `unknown`: what was observed does not show the cause.
 * @group Diagnostics
 */
export type ConnectionVerdict =
  | 'connected'
  | 'connecting'
  | 'gathering'
  | 'closed'
  | 'no-offer'
  | 'no-answer'
  | 'no-local-answer'
  | 'no-remote-candidates'
  | 'no-response'
  | 'connection-lost'
  | 'dtls-failed'
  | 'no-turn-server'
  | 'credentials-rejected'
  | 'quota-reached'
  | 'turn-error'
  | 'host-not-found'
  | 'udp-blocked'
  | 'turn-unreachable'
  | 'no-relay-candidate'
  | 'no-ice-restart'
  | 'not-moved'
  | 'unknown'

/** An `icecandidateerror` event. @group Diagnostics */
export interface CandidateError {
  /** URL of the server, as the browser writes it. */
  readonly url: string
  /** STUN error code, such as 401; 701 if no server responded. */
  readonly code: number
  /** With 701, what the browser says about it. Empty in Firefox. */
  readonly text: string | undefined
  /** Since gathering began, in ms. */
  readonly afterMs: number | undefined
}

/** What a verdict rests on. A member is `undefined` if it is not known. @group Diagnostics */
export interface ConnectionFacts {
  /** `signalingState` of the connection. */
  readonly signalingState: string | undefined
  /** `iceGatheringState` of the connection. */
  readonly iceGatheringState: string | undefined
  /** `iceConnectionState` of the connection. */
  readonly iceConnectionState: string | undefined
  /** `connectionState` of the connection: `failed` beside a connected ICE means that DTLS failed. */
  readonly connectionState: string | undefined
  /** `iceTransportPolicy` of the configuration. */
  readonly iceTransportPolicy: string | undefined
  /** The TURN URLs of the configuration. */
  readonly turnUrls: readonly string[] | undefined
  /** Types of the candidates in the local description. `undefined` without one. */
  readonly localCandidateTypes: readonly string[] | undefined
  /** Types of the candidates of the remote peer. `undefined` without a remote description. */
  readonly remoteCandidateTypes: readonly string[] | undefined
  /** Whether ICE has been connected. */
  readonly wasConnected: boolean | undefined
  /** How long candidates have been gathered for the last time, in ms: so far, or until gathering was complete. */
  readonly gatheringMs: number | undefined
  /** The `icecandidateerror` events since gathering began for the last time. */
  readonly candidateErrors: readonly CandidateError[]
  /** Why the last ICE restart of the library failed. */
  readonly restartFailure: RestartFailure | undefined
}

/** How a connection sends. @group Diagnostics */
export interface ConnectionPath {
  /** Whether this peer sends through a TURN server. */
  readonly relayed: boolean
  /** URL of that server. `undefined` if the browser does not report it and the configuration has several that it could be. */
  readonly relayUrl: string | undefined
  /** Between the browser and the TURN server: `udp`, `tcp` or `tls`; of a direct connection: `udp` or `tcp`. */
  readonly protocol: string | undefined
  /** Bytes sent and received, in Firefox since the last ICE restart. `undefined` if the stats do not contain them. */
  readonly bytes: number | undefined
}

/** What could not be taken into account, see {@link ConnectionExplanation.missing}. @group Diagnostics */
export type MissingFact = 'events' | 'stats' | 'configuration'

/** Explanation of a connection at one moment, as plain data that JSON can hold. Contains no username and no credential. @group Diagnostics */
export interface ConnectionExplanation extends Partial<ConnectionPath> {
  /** The cause, as a stable code. */
  readonly verdict: ConnectionVerdict
  /** The verdict as a sentence for developers, with what to do. May change. */
  readonly message: string
  /** What the verdict rests on. */
  readonly facts: ConnectionFacts
  /**
   * What is not known, so that the verdict can be less exact: `events` of a connection that was not attached all the time
   * since it was created, `stats`, or the `configuration` of a stack without `getConfiguration()`.
   */
  readonly missing: readonly MissingFact[]
}
