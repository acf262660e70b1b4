/** The rules by which facts about a connection become a verdict. Pure. */
import { describeStunError, SERVER_UNREACHABLE, type StunErrorClass } from '../config/stun-error-codes.js'
import type {
  CandidateError,
  ConnectionExplanation,
  ConnectionFacts,
  ConnectionVerdict,
} from '../connection-explanation.js'
import { quotaError, rejectedError } from '../errors.js'
import { isConnected, isDisconnected } from '../ice-states.js'
import type { RestartFailure } from '../restart-failure.js'
import { hasTimedOut, lacksRelay, turnErrors, unknownHost, unreachable, usesOnlyUdp } from './relay-facts.js'

type Message = string | ((facts: ConnectionFacts, restartMessage: string) => string)

interface Rule {
  readonly verdict: ConnectionVerdict
  readonly applies: (facts: ConnectionFacts) => unknown
  readonly message: Message
}

/** The first rule that applies counts. Local causes come first, because they have consequences at the remote peer. */
const RULES: readonly Rule[] = [
  {
    verdict: 'closed',
    applies: ({ signalingState }) => signalingState === 'closed',
    message: 'the connection is closed',
  },
  {
    verdict: 'dtls-failed',
    applies: ({ iceConnectionState, connectionState }) =>
      isConnected(iceConnectionState) && connectionState === 'failed',
    message:
      'ICE is connected, but DTLS failed: deliver both descriptions unchanged, with the fingerprints of the certificates in use',
  },
  restartRule('no-offer', 'no-offer'),
  restartRule('no-answer', 'no-answer'),
  restartRule('no-ice-restart', 'remote-peer'),
  restartRule('not-moved', 'not-moved', 'same-allocation'),
  {
    verdict: 'connecting',
    applies: ({ iceConnectionState, connectionState = '' }) =>
      isConnected(iceConnectionState) && ['new', 'connecting'].includes(connectionState),
    message: 'ICE is connected, and DTLS is in progress',
  },
  {
    verdict: 'connected',
    applies: ({ iceConnectionState, restartFailure }) =>
      isConnected(iceConnectionState) && restartFailure !== 'no-relay',
    message: 'the connection works',
  },

  // No relay address, although one is needed.
  {
    verdict: 'no-turn-server',
    applies: (facts) => lacksRelay(facts) && facts.turnUrls?.length === 0,
    message: ({ iceTransportPolicy }) =>
      `the configuration contains no TURN server, and ${iceTransportPolicy === 'relay' ? 'iceTransportPolicy is relay' : 'no direct path works'}: pass iceServers with one to the connection`,
  },
  turnRule(
    'credentials-rejected',
    'credentials-rejected',
    ({ url, code }) => rejectedError(url, code).message,
  ),
  turnRule('quota-reached', 'quota', ({ url, code }) => quotaError(url, code).message),
  turnRule('turn-error', 'other', ({ url, code }) => `${url} (${code}): ${describeStunError(code)}`),
  {
    verdict: 'host-not-found',
    applies: (facts) => lacksRelay(facts) && unknownHost(facts),
    message: (facts) =>
      `the host name of ${unknownHost(facts)?.url} is unknown: check its spelling and the DNS`,
  },
  {
    verdict: 'udp-blocked',
    applies: (facts) => lacksRelay(facts) && !facts.wasConnected && usesOnlyUdp(facts) && hasTimedOut(facts),
    message:
      'no TURN server responds over UDP, and the configuration contains no URL over TCP or TLS: UDP is blocked or the servers are down; add a turns: URL with port 443',
  },
  {
    verdict: 'turn-unreachable',
    applies: (facts) => lacksRelay(facts) && (unreachable(facts).length > 0 || hasTimedOut(facts)),
    message: (facts) => {
      const [error] = unreachable(facts)
      return `${error?.url ?? facts.turnUrls?.join(', ')}: ${describeStunError(SERVER_UNREACHABLE)}`
    },
  },
  {
    verdict: 'gathering',
    applies: (facts) => lacksRelay(facts) && facts.iceGatheringState === 'gathering',
    message: 'no TURN server has responded so far, and a relay is needed',
  },
  {
    verdict: 'no-relay-candidate',
    applies: (facts) => lacksRelay(facts) && facts.iceGatheringState !== 'new',
    message:
      'no TURN server has allocated a relay address, and no reason was observed: attach the connection before it gathers, or call testIceServers()',
  },

  {
    verdict: 'connection-lost',
    applies: ({ iceConnectionState, wasConnected }) => isDisconnected(iceConnectionState) && wasConnected,
    message:
      'ICE was connected, and nothing arrives any more: the remote peer, the network or a TURN server of either peer is gone; the browser does not report which',
  },

  // Signaling.
  {
    verdict: 'no-local-answer',
    applies: ({ signalingState }) => signalingState === 'have-remote-offer',
    message:
      'no SDP answer has been created for the offer of the remote peer: call setLocalDescription(), and send it',
  },
  {
    verdict: 'no-offer',
    applies: ({ localCandidateTypes }) => localCandidateTypes === undefined,
    message: 'no description has been set: call setLocalDescription() and send the offer',
  },
  {
    verdict: 'no-answer',
    applies: ({ remoteCandidateTypes }) => remoteCandidateTypes === undefined,
    message:
      'no SDP answer has been set: deliver the offer to the remote peer, and pass its SDP answer to setRemoteDescription()',
  },

  // The remote peer and the path to it.
  {
    verdict: 'no-remote-candidates',
    applies: ({ remoteCandidateTypes }) => remoteCandidateTypes?.length === 0,
    message:
      'the connection has no remote candidates: pass those of the remote peer to addIceCandidate(), or call explain() on the remote peer if it has none',
  },
  {
    verdict: 'no-response',
    applies: ({ iceConnectionState, wasConnected }) =>
      isDisconnected(iceConnectionState) && wasConnected === false,
    message: ({ localCandidateTypes, remoteCandidateTypes }) =>
      `no connectivity check was successful between the local candidates (${localCandidateTypes?.join(', ')}) and those of the remote peer (${remoteCandidateTypes?.join(', ')}): the remote peer is gone, a firewall is between them, or a TURN server does not relay to these addresses`,
  },
  {
    verdict: 'connecting',
    applies: ({ iceConnectionState }) =>
      iceConnectionState !== undefined && !isDisconnected(iceConnectionState),
    message: 'ICE is in progress',
  },
  { verdict: 'unknown', applies: () => true, message: 'what was observed does not show the cause' },
]

/**
 * Returns the verdict of the first rule that applies.
 *
 * @param restartMessage - What the library reported when its last restart failed.
 */
export function diagnose(
  facts: ConnectionFacts,
  restartMessage = '',
): Pick<ConnectionExplanation, 'verdict' | 'message'> {
  const { verdict, message } = RULES.find(({ applies }) => applies(facts)) as Rule
  return { verdict, message: typeof message === 'string' ? message : message(facts, restartMessage) }
}

/** A restart that failed. One that did not move the connection is of no interest once the connection is lost. */
function restartRule(verdict: ConnectionVerdict, ...failures: readonly RestartFailure[]): Rule {
  return {
    verdict,
    applies: ({ restartFailure, iceConnectionState }) =>
      restartFailure !== undefined &&
      failures.includes(restartFailure) &&
      (verdict !== 'not-moved' || isConnected(iceConnectionState)),
    message: (_, restartMessage) => restartMessage,
  }
}

/** An error with which a TURN server responded. */
function turnRule(
  verdict: ConnectionVerdict,
  type: StunErrorClass,
  describe: (error: CandidateError) => string,
): Rule {
  const find = (facts: ConnectionFacts) => turnErrors(facts, type)[0]
  return {
    verdict,
    applies: (facts) => lacksRelay(facts) && find(facts),
    message: (facts) => describe(find(facts) as CandidateError),
  }
}
