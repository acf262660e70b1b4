/** The selected path in stats as browsers return them: Chromium 156 and Firefox 153, shortened. */
import { describe, expect, it } from 'vitest'
import type { ConnectionStats, StatsEntry } from '../../src/connection-stats.js'
import { readPath } from '../../src/diagnostics/connection-path.js'

const UDP = 'turn:127.0.0.1:40911?transport=udp'
const TCP = 'turn:127.0.0.1:40911?transport=tcp'
const TLS = 'turns:127.0.0.1:5349?transport=tcp'

const statsOf = (...entries: readonly StatsEntry[]): ConnectionStats =>
  new Map(entries.map((entry) => [entry.id, entry]))

const pair = { id: 'P', type: 'candidate-pair', localCandidateId: 'L', nominated: true, state: 'succeeded' }
const transport = { id: 'T', type: 'transport', selectedCandidatePairId: 'P' }
const relay = {
  id: 'L',
  type: 'local-candidate',
  candidateType: 'relay',
  protocol: 'udp',
  relayProtocol: 'udp',
}
const host = { id: 'L', type: 'local-candidate', candidateType: 'host', protocol: 'udp' }

const CHROMIUM_RELAYED = statsOf(
  { ...pair, bytesSent: 1740, bytesReceived: 2010 },
  { ...relay, url: UDP },
  { ...transport, bytesSent: 2182, bytesReceived: 2329, selectedCandidatePairChanges: 1 },
)
/** What arrives is counted for another pair than the selected one. */
const CHROMIUM_DIRECT = statsOf(
  { ...pair, bytesSent: 2179, bytesReceived: 0 },
  {
    ...pair,
    id: 'P2',
    localCandidateId: 'L2',
    nominated: false,
    state: 'waiting',
    bytesSent: 0,
    bytesReceived: 2331,
  },
  host,
  { ...transport, bytesSent: 2179, bytesReceived: 2331 },
)
const FIREFOX_RELAYED = statsOf(
  { ...pair, bytesSent: 1951, bytesReceived: 2126, selected: true },
  relay,
  transport,
)

describe('readPath', () => {
  it('reads a relayed path from the stats of Chromium', () => {
    expect(readPath(CHROMIUM_RELAYED)).toEqual({ relayed: true, relayUrl: UDP, protocol: 'udp', bytes: 4511 })
  })

  it('counts the bytes of all pairs of a direct path in Chromium', () => {
    const path = { relayed: false, relayUrl: undefined, protocol: 'udp', bytes: 4510 }
    expect(readPath(CHROMIUM_DIRECT, [UDP])).toEqual(path)
  })

  it.each([
    ['the only URL over UDP', [UDP, TCP, TLS], 'udp', UDP],
    ['the only URL over TCP', [UDP, TCP, TLS], 'tcp', TCP],
    ['the only URL over TLS', [UDP, TCP, TLS], 'tls', TLS],
    ['no URL, if two are possible', [UDP, 'turn:other.org'], 'udp', undefined],
    ['no URL, if none is possible', [TCP], 'udp', undefined],
    ['no URL, if the configuration is not known', undefined, 'udp', undefined],
  ])(
    'reads a relayed path from the stats of Firefox, which have no URL, with %s',
    (_, turnUrls, relayProtocol, relayUrl) => {
      const stats = new Map([...FIREFOX_RELAYED, ['L', { ...relay, relayProtocol }]])
      expect(readPath(stats, turnUrls)).toEqual({
        relayed: true,
        relayUrl,
        protocol: relayProtocol,
        bytes: 4077,
      })
    },
  )

  it('prefers the relayed one of several transports', () => {
    const stats = statsOf(
      { ...transport, id: 'T1', selectedCandidatePairId: 'P1' },
      { ...pair, id: 'P1', localCandidateId: 'L1' },
      { ...host, id: 'L1' },
      transport,
      pair,
      relay,
    )
    expect(readPath(stats)).toEqual({ relayed: true, relayUrl: undefined, protocol: 'udp', bytes: undefined })
  })

  it('returns undefined without a selected pair', () => {
    expect(
      readPath(statsOf({ ...pair, nominated: false }, relay, { id: 'T', type: 'transport' })),
    ).toBeUndefined()
    expect(readPath(new Map())).toBeUndefined()
  })
})
