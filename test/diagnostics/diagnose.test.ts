import { describe, expect, it } from 'vitest'
import {
  CONNECTED,
  type DiagnosisRow,
  diagnoseWith,
  errorOf,
  WITHOUT_RELAY,
  withErrors,
} from '../support/connection-facts.js'

describe('diagnose', () => {
  it.each<DiagnosisRow>([
    ['is closed', { signalingState: 'closed', ...CONNECTED }, 'closed'],
    ['works', CONNECTED, 'connected'],
    ['works in a stack without connectionState', { ...CONNECTED, connectionState: undefined }, 'connected'],
    ['is checking', {}, 'connecting', /ICE/],
    ['waits for DTLS', { ...CONNECTED, connectionState: 'connecting' }, 'connecting', /DTLS/],
    ['failed in DTLS', { ...CONNECTED, connectionState: 'failed' }, 'dtls-failed', /fingerprints/],
    ['has no states', { iceConnectionState: undefined }, 'unknown'],
    [
      'failed, without a sign of whether it was connected',
      { iceConnectionState: 'failed', wasConnected: undefined },
      'unknown',
    ],
  ])('finds the state of a connection that %s', (_, facts, verdict, message = /./) => {
    expect(diagnoseWith(facts)).toEqual({ verdict, message: expect.stringMatching(message) })
  })

  it.each<DiagnosisRow>([
    ['was not offered for', { ...CONNECTED, restartFailure: 'no-offer' }, 'no-offer'],
    ['got no SDP answer', { ...CONNECTED, restartFailure: 'no-answer' }, 'no-answer'],
    ['the remote peer did not perform', { ...CONNECTED, restartFailure: 'remote-peer' }, 'no-ice-restart'],
    ['did not move the connection', { ...CONNECTED, restartFailure: 'not-moved' }, 'not-moved'],
    ['uses the previous allocation', { ...CONNECTED, restartFailure: 'same-allocation' }, 'not-moved'],
  ])('repeats the message of a restart that %s', (_, facts, verdict) => {
    expect(diagnoseWith(facts)).toEqual({ verdict, message: 'restart message' })
  })

  it.each<DiagnosisRow>([
    [
      'that did not move it, once it is lost',
      { restartFailure: 'not-moved', wasConnected: true, iceConnectionState: 'failed' },
      'connection-lost',
    ],
    [
      'that failed with it, once it works again',
      { ...CONNECTED, restartFailure: 'connection-failed' },
      'connected',
    ],
    [
      'for which no TURN server allocated, with its reason',
      { ...CONNECTED, restartFailure: 'no-relay', candidateErrors: [errorOf(401)] },
      'credentials-rejected',
    ],
    [
      'for which no TURN server allocated, without a reason',
      { ...CONNECTED, restartFailure: 'no-relay' },
      'no-relay-candidate',
    ],
  ])('looks behind a restart of a connection %s', (_, facts, verdict) => {
    expect(diagnoseWith(facts).verdict).toBe(verdict)
  })

  it.each<DiagnosisRow>([
    [
      'no description',
      { localCandidateTypes: undefined, remoteCandidateTypes: undefined, iceConnectionState: 'new' },
      'no-offer',
    ],
    [
      'no description, and the policy relay',
      {
        ...WITHOUT_RELAY,
        localCandidateTypes: undefined,
        remoteCandidateTypes: undefined,
        iceGatheringState: 'new',
      },
      'no-offer',
    ],
    [
      'an offer without an SDP answer',
      { signalingState: 'have-local-offer', remoteCandidateTypes: undefined },
      'no-answer',
    ],
    [
      'an offer of the remote peer only',
      { signalingState: 'have-remote-offer', localCandidateTypes: undefined },
      'no-local-answer',
    ],
    [
      'no candidates of the remote peer',
      { iceConnectionState: 'new', remoteCandidateTypes: [] },
      'no-remote-candidates',
    ],
    [
      'no candidates of either peer, and a rejection',
      { ...withErrors(errorOf(401)), remoteCandidateTypes: [] },
      'credentials-rejected',
    ],
    [
      'an offer that restarts ICE of a lost connection',
      { signalingState: 'have-local-offer', iceConnectionState: 'failed', wasConnected: true },
      'connection-lost',
    ],
  ])('finds what signaling has not delivered: %s', (_, facts, verdict) => {
    expect(diagnoseWith(facts).verdict).toBe(verdict)
  })
})
