import { describe, expect, it } from 'vitest'
import type { IceUrl } from '../../src/config/ice-url.js'
import { turnUrlsOf } from '../../src/config/server-keys.js'
import type { ConnectionStats, StatsEntry } from '../../src/connection-stats.js'
import {
  addUsage,
  type RelayedPairs,
  type RelayUsage,
  readRelayedPairs,
} from '../../src/diagnostics/relay-usage.js'
import { chromiumStats, firefoxEsrStats, firefoxStats, TURN } from '../support/relayed-connection.js'

const statsOf = (entries: readonly object[]): ConnectionStats =>
  new Map((entries as StatsEntry[]).map((entry) => [entry.id, entry]))
const urlsOf = (...urls: string[]): IceUrl[] => turnUrlsOf([{ urls, username: 'u', credential: 'c' }])

/** Reads these stats one second after the other. */
function measure(readings: readonly (readonly object[])[], turnUrls = urlsOf(TURN)): readonly RelayUsage[] {
  let usage: readonly RelayUsage[] = []
  let pairs: RelayedPairs = new Map()
  for (const stats of readings) {
    const current = readRelayedPairs(statsOf(stats), turnUrls, pairs)
    usage = addUsage(usage, pairs, current, 1)
    pairs = current
  }
  return usage
}

describe('the usage of relayed pairs', () => {
  it.each([
    ['Chromium', chromiumStats],
    ['Firefox', firefoxStats],
    ['Firefox 140 ESR', firefoxEsrStats],
  ])('counts the bytes and seconds of a selected pair in %s', (_, stats) => {
    const readings = [
      stats({ bytesSent: 100, bytesReceived: 10 }),
      stats({ bytesSent: 250, bytesReceived: 40 }),
      stats({ bytesSent: 250, bytesReceived: 45 }),
    ]
    expect(measure(readings)).toEqual([{ urls: [TURN], bytesSent: 250, bytesReceived: 45, seconds: 2 }])
  })

  it.each([
    ['stays in the stats', [{ id: 'P1', bytesSent: 130, isSelected: false }]],
    ['is gone at once', []],
  ])('adds up the pairs of several ICE restarts if the previous one %s', (_, remaining) => {
    const readings = [
      chromiumStats({ id: 'P1', bytesSent: 100 }),
      chromiumStats({ id: 'P2', bytesSent: 40 }, ...remaining),
      chromiumStats({ id: 'P2', bytesSent: 90 }, ...remaining),
      chromiumStats({ id: 'P3', bytesSent: 7 }),
    ]
    const left = remaining.length > 0 ? 30 : 0
    expect(measure(readings)).toEqual([
      { urls: [TURN], bytesSent: 100 + left + 90 + 7, bytesReceived: 0, seconds: 3 },
    ])
  })

  it('counts nothing twice if a pair is missing in the stats and reappears, as after a rollback', () => {
    const readings = [
      chromiumStats({ bytesSent: 100 }),
      chromiumStats({ id: 'P2', bytesSent: 1 }),
      chromiumStats({ bytesSent: 110 }),
    ]
    expect(measure(readings)).toMatchObject([{ bytesSent: 111, seconds: 2 }])
  })

  it('counts the time during which Firefox hides the pair in use, until it has switched to another one', () => {
    const hidden = [{ id: 'T1', type: 'transport' }]
    const readings = [
      firefoxStats({ id: 'P1', bytesSent: 100 }),
      hidden,
      hidden,
      firefoxStats({ id: 'P2', bytesSent: 10 }),
      firefoxStats({ id: 'P2', bytesSent: 15 }),
    ]
    expect(measure(readings)).toEqual([{ urls: [TURN], bytesSent: 115, bytesReceived: 0, seconds: 4 }])
  })

  it('counts no time for a pair that is missing while a direct one is selected', () => {
    const direct = chromiumStats({
      id: 'P2',
      local: { candidateType: 'host', relayProtocol: undefined, url: undefined },
    })
    expect(measure([chromiumStats({ bytesSent: 9 }), direct, direct])).toMatchObject([{ seconds: 1 }])
  })

  it('forgets the oldest of more than a hundred missing pairs, and none that is in the stats', () => {
    const many = Array.from({ length: 150 }, (_, n) => ({ id: `P${n}`, bytesSent: 1, isSelected: n === 0 }))
    const all = readRelayedPairs(statsOf(chromiumStats(...many)), [], new Map())
    expect(all.size).toBe(150)
    const remembered = readRelayedPairs(statsOf(chromiumStats({ id: 'new' })), [], all)
    expect(remembered.size).toBe(101)
    expect(remembered.has('P49')).toBe(false)
    expect(remembered.has('P50')).toBe(true)
    expect([...remembered.values()].filter(({ isSelected }) => isSelected)).toHaveLength(1)
  })

  it('takes a counter that is lower than before for one that has started anew', () => {
    const readings = [100, 30, 50].map((bytesSent) => chromiumStats({ bytesSent }))
    expect(measure(readings)).toMatchObject([{ bytesSent: 150 }])
  })

  it('takes a counter that is missing for one that has not changed', () => {
    const readings = [{ bytesSent: 100 }, {}, { bytesSent: Number.NaN }, { bytesSent: 120 }].map((pair) =>
      chromiumStats(pair),
    )
    expect(measure(readings)).toMatchObject([{ bytesSent: 120, bytesReceived: 0, seconds: 3 }])
  })

  it('counts the bytes of pairs that are not selected, on which the remote peer may still send', () => {
    const readings = [chromiumStats({ bytesReceived: 8, isSelected: false })]
    expect(measure([...readings, ...readings])).toEqual([
      { urls: [TURN], bytesSent: 0, bytesReceived: 8, seconds: 0 },
    ])
  })

  it('does not count direct pairs', () => {
    const local = { candidateType: 'srflx', relayProtocol: undefined, url: 'stun:s.org:3478' }
    const stats = chromiumStats({ bytesSent: 5, local })
    expect(measure([stats, stats])).toEqual([])
  })

  it('does not count pairs whose local candidate is missing', () => {
    const [transport, pair] = chromiumStats({ bytesSent: 5 }) as [object, object]
    expect(measure([[transport, pair]])).toEqual([])
  })

  it('counts a relay that is reported as prflx, and a known pair whose candidate is gone', () => {
    const before = chromiumStats({ bytesSent: 5, local: { candidateType: 'prflx' } })
    const [transport, pair] = chromiumStats({ bytesSent: 9 }) as [object, object]
    expect(measure([before, [transport, pair]])).toMatchObject([{ urls: [TURN], bytesSent: 9, seconds: 1 }])
  })

  it('counts the time of two selected pairs of one server once, as without BUNDLE', () => {
    const stats = chromiumStats({ id: 'P1', bytesSent: 1 }, { id: 'P2', bytesSent: 2 })
    expect(measure([stats, stats])).toMatchObject([{ bytesSent: 3, seconds: 1 }])
  })

  it('keeps servers apart, and counts the time for the one that was selected before', () => {
    const other = { url: 'TURNS:other.org' }
    const readings = [
      chromiumStats({ id: 'P1', bytesSent: 10 }),
      chromiumStats({ id: 'P1', bytesSent: 12, isSelected: false }, { id: 'P2', bytesSent: 5, local: other }),
    ]
    expect(measure(readings)).toEqual([
      { urls: [TURN], bytesSent: 12, bytesReceived: 0, seconds: 1 },
      { urls: ['turns:other.org:5349?transport=tcp'], bytesSent: 5, bytesReceived: 0, seconds: 0 },
    ])
  })

  it.each([
    ['the URL with its transport', 'udp', ['turn:t.org', 'turn:t.org?transport=tcp'], [TURN]],
    [
      'the URL with TLS',
      'tls',
      ['turn:t.org?transport=tcp', 'turns:t.org'],
      ['turns:t.org:5349?transport=tcp'],
    ],
    [
      'the URL with TCP',
      'tcp',
      ['turns:t.org', 'turn:t.org?transport=tcp'],
      ['turn:t.org:3478?transport=tcp'],
    ],
    [
      'all URLs with its transport',
      'udp',
      ['turn:t.org', 'turn:t.org:3478', 'turn:t.org:443', 'turns:t.org'],
      [TURN, 'turn:t.org:443?transport=udp'],
    ],
    ['the only URL, whatever its transport', undefined, ['turn:t.org'], [TURN]],
    ['no URL without a configuration', 'udp', [], []],
  ])('names %s where the browser does not report it', (_, relayProtocol, urls, expected) => {
    const stats = firefoxStats({ bytesSent: 1, local: { relayProtocol, candidateType: 'relay' } })
    expect(measure([stats], urlsOf(...urls))).toMatchObject([{ urls: expected }])
  })

  it('keeps the URL of a pair when the configuration has other servers', () => {
    const first = readRelayedPairs(statsOf(firefoxStats({ bytesSent: 1 })), urlsOf(TURN), new Map())
    const later = readRelayedPairs(statsOf(firefoxStats({ bytesSent: 2 })), urlsOf('turn:other.org'), first)
    expect(addUsage([], first, later, 1)).toMatchObject([{ urls: [TURN], bytesSent: 1 }])
  })

  it('ignores a URL that cannot be parsed, such as one with credentials', () => {
    const stats = chromiumStats({ bytesSent: 1, local: { url: 'turn:user:password@t.org' } })
    expect(measure([stats])).toMatchObject([{ urls: [TURN] }])
  })

  it('returns the same list if nothing was relayed', () => {
    const usage: readonly RelayUsage[] = []
    const pairs = readRelayedPairs(statsOf(chromiumStats({})), urlsOf(TURN), new Map())
    expect(addUsage(usage, new Map(), pairs, 1)).toBe(usage)
  })
})
