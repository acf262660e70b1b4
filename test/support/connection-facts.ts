/** Facts about a connection, for tests of its diagnosis. */
import { diagnose } from '../../src/diagnostics/diagnose.js'
import type { CandidateError, ConnectionFacts, ConnectionVerdict } from '../../src/index.js'

export const UDP = 'turn:t.org:3478?transport=udp'
export const TLS = 'turns:t.org:443?transport=tcp'
export const UNREACHABLE = 701

/** A negotiated connection that is about to connect, and may use any path. */
export const CONNECTING: ConnectionFacts = {
  signalingState: 'stable',
  iceGatheringState: 'complete',
  iceConnectionState: 'checking',
  connectionState: 'connecting',
  iceTransportPolicy: 'all',
  turnUrls: [UDP],
  localCandidateTypes: ['host', 'relay'],
  remoteCandidateTypes: ['host'],
  wasConnected: false,
  gatheringMs: 100,
  candidateErrors: [],
  restartFailure: undefined,
}
export const CONNECTED: Partial<ConnectionFacts> = {
  iceConnectionState: 'connected',
  connectionState: 'connected',
  wasConnected: true,
}
/** Only relay candidates are wanted, and there is none. */
export const WITHOUT_RELAY: Partial<ConnectionFacts> = {
  iceTransportPolicy: 'relay',
  localCandidateTypes: [],
}

export const errorOf = (code: number, url = UDP, details: Partial<CandidateError> = {}): CandidateError => ({
  url,
  code,
  text: undefined,
  afterMs: 10,
  ...details,
})
export const withErrors = (...candidateErrors: readonly CandidateError[]) => ({
  ...WITHOUT_RELAY,
  candidateErrors,
})
export const diagnoseWith = (facts: Partial<ConnectionFacts>) =>
  diagnose({ ...CONNECTING, ...facts }, 'restart message')

export type DiagnosisRow = [
  title: string,
  facts: Partial<ConnectionFacts>,
  verdict: ConnectionVerdict,
  message?: RegExp,
]
