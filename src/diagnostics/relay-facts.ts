/** What the facts about a connection say about its TURN servers. Pure. */
import { isTurnUrl, parseIceUrl } from '../config/ice-url.js'
import { classifyStunError, type StunErrorClass } from '../config/stun-error-codes.js'
import type { CandidateError, ConnectionFacts } from '../connection-explanation.js'
import { isDisconnected } from '../ice-states.js'

/** A TURN server that has not responded for this long counts as silent: Chromium never reports one over UDP. */
const NO_RESPONSE_MS = 5000

/**
 * Whether a relay is needed and there is none: only relay candidates are wanted, a restart needs one, or ICE failed on all
 * other paths to the candidates of the remote peer.
 */
export function lacksRelay(facts: ConnectionFacts): boolean {
  if (facts.restartFailure === 'no-relay') return true
  if (facts.localCandidateTypes?.includes('relay')) return false
  const { iceTransportPolicy, iceConnectionState, wasConnected, remoteCandidateTypes = [] } = facts
  if (iceTransportPolicy === 'relay') return true
  return isDisconnected(iceConnectionState) && wasConnected === false && remoteCandidateTypes.length > 0
}

/** Returns the errors of TURN URLs of this class. Chromium reports errors of their hosts as STUN servers, too. */
export function turnErrors(
  { candidateErrors }: ConnectionFacts,
  type: StunErrorClass,
): readonly CandidateError[] {
  return candidateErrors.filter(({ url, code }) => classifyStunError(code) === type && isTurnUrl(url))
}

/** Returns the errors of TURN URLs without a response. */
export function unreachable(facts: ConnectionFacts): readonly CandidateError[] {
  return turnErrors(facts, 'unreachable')
}

/** Returns the error of an unknown host name. Chromium reports it over UDP only; the text of Firefox is empty. */
export function unknownHost(facts: ConnectionFacts): CandidateError | undefined {
  return unreachable(facts).find(({ text = '' }) => /host lookup/.test(text))
}

/** Whether the configuration has TURN URLs, all over UDP. */
export function usesOnlyUdp({ turnUrls = [] }: ConnectionFacts): boolean {
  const parsed = turnUrls.map(parseIceUrl)
  return parsed.length > 0 && parsed.every((result) => result.ok && result.url.transport === 'udp')
}

/** Whether a TURN server was silent, and not only its host name unknown, which Firefox reports in the same way but sooner. */
export function hasTimedOut(facts: ConnectionFacts): boolean {
  const { gatheringMs = 0 } = facts
  return (
    gatheringMs >= NO_RESPONSE_MS ||
    unreachable(facts).some(({ url, afterMs = 0 }) => afterMs >= NO_RESPONSE_MS || hasAddress(url))
  )
}

/** Whether the host of a URL is an IP address. */
function hasAddress(text: string): boolean {
  const parsed = parseIceUrl(text)
  return parsed.ok && /^[\d.]+$|^\[/.test(parsed.url.host)
}
