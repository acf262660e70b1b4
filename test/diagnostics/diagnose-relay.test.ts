import { describe, expect, it } from 'vitest'
import {
  type DiagnosisRow,
  diagnoseWith,
  errorOf,
  TLS,
  UDP,
  UNREACHABLE,
  WITHOUT_RELAY,
  withErrors,
} from '../support/connection-facts.js'

describe('diagnose without a relay candidate', () => {
  it.each<DiagnosisRow>([
    ['no TURN server', { ...WITHOUT_RELAY, turnUrls: [] }, 'no-turn-server', /iceTransportPolicy is relay/],
    [
      'no TURN server, before it is negotiated',
      { ...WITHOUT_RELAY, turnUrls: [], localCandidateTypes: undefined, iceGatheringState: 'new' },
      'no-turn-server',
    ],
    ['rejected credentials', withErrors(errorOf(401)), 'credentials-rejected', /turn:t\.org:3478.* \(401\)/],
    ['a forbidden request', withErrors(errorOf(403)), 'credentials-rejected', /403/],
    [
      'a rejection beside a server without a response',
      withErrors(errorOf(UNREACHABLE, TLS), errorOf(401)),
      'credentials-rejected',
    ],
    ['a quota that is reached', withErrors(errorOf(486)), 'quota-reached', /486/],
    [
      'a server without capacity',
      withErrors(errorOf(508)),
      'turn-error',
      /\(508\): the server has no capacity/,
    ],
    [
      'an unknown host name',
      withErrors(errorOf(UNREACHABLE, UDP, { text: 'TURN host lookup received error.' })),
      'host-not-found',
      /turn:t\.org/,
    ],
    [
      'a fast 701 of Firefox, which can be an unknown host name',
      withErrors(errorOf(UNREACHABLE, UDP, { text: '' })),
      'turn-unreachable',
      /host name is unknown/,
    ],
    [
      'a slow 701 of Firefox, with UDP only',
      withErrors(errorOf(UNREACHABLE, UDP, { text: '', afterMs: 11_000 })),
      'udp-blocked',
      /turns: URL/,
    ],
    ['a fast 701 for an IP address', withErrors(errorOf(UNREACHABLE, 'turn:192.0.2.1:3478')), 'udp-blocked'],
    [
      'a fast 701 for an IPv6 address',
      withErrors(errorOf(UNREACHABLE, 'turn:[2001:db8::1]:3478')),
      'udp-blocked',
    ],
    [
      'a slow 701 beside a URL over TLS',
      { ...withErrors(errorOf(UNREACHABLE, UDP, { afterMs: 11_000 })), turnUrls: [UDP, TLS] },
      'turn-unreachable',
    ],
    ['a closed TCP port', { ...withErrors(errorOf(UNREACHABLE, TLS)), turnUrls: [TLS] }, 'turn-unreachable'],
    [
      'a STUN server without a response only',
      withErrors(errorOf(UNREACHABLE, 'stun:t.org:3478')),
      'no-relay-candidate',
    ],
    ['no response so far', { ...WITHOUT_RELAY, iceGatheringState: 'gathering' }, 'gathering'],
    [
      'no response for a while in Chromium, with UDP only',
      { ...WITHOUT_RELAY, iceGatheringState: 'gathering', gatheringMs: 5000 },
      'udp-blocked',
    ],
    [
      'the same with a URL over TLS',
      { ...WITHOUT_RELAY, gatheringMs: 5000, turnUrls: [UDP, TLS] },
      'turn-unreachable',
      /turn:t\.org:3478.*, turns:/,
    ],
    [
      'the same in a call that had a relay before',
      { ...WITHOUT_RELAY, gatheringMs: 5000, wasConnected: true },
      'turn-unreachable',
    ],
    ['no reason', { ...WITHOUT_RELAY, gatheringMs: undefined }, 'no-relay-candidate', /testIceServers/],
    [
      'an unknown configuration',
      { ...WITHOUT_RELAY, turnUrls: undefined, gatheringMs: 6000 },
      'turn-unreachable',
    ],
  ])('finds why there is no relay candidate: %s', (_, facts, verdict, message = /./) => {
    expect(diagnoseWith(facts)).toEqual({ verdict, message: expect.stringMatching(message) })
  })

  it.each<DiagnosisRow>([
    [
      'has no TURN server',
      { turnUrls: [], localCandidateTypes: ['host'] },
      'no-turn-server',
      /no direct path/,
    ],
    [
      'has rejected credentials',
      { localCandidateTypes: ['host'], candidateErrors: [errorOf(401)] },
      'credentials-rejected',
    ],
    [
      'has a relay candidate and rejected credentials',
      { candidateErrors: [errorOf(401)] },
      'no-response',
      /\(host, relay\).*\(host\)/,
    ],
    [
      'was connected before',
      { turnUrls: [], localCandidateTypes: ['host'], wasConnected: true },
      'connection-lost',
    ],
    [
      'has no candidates of the remote peer',
      { turnUrls: [], localCandidateTypes: ['host'], remoteCandidateTypes: [] },
      'no-remote-candidates',
    ],
  ])('finds why a connection failed that may use any path and %s', (_, facts, verdict, message = /./) => {
    for (const iceConnectionState of ['failed', 'disconnected']) {
      expect(diagnoseWith({ iceConnectionState, ...facts })).toEqual({
        verdict,
        message: expect.stringMatching(message),
      })
    }
  })
})
