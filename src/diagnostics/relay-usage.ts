/** Sums what the relayed candidate pairs of a connection carry, from one reading of its stats to the next. */

import { canonicalUrl, type IceUrl, parseIceUrl } from '../config/ice-url.js'
import {
  type ConnectionStats,
  isRelayedCandidate,
  localCandidatesOf,
  type StatsEntry,
  selectedPairsOf,
} from '../connection-stats.js'

/** What was relayed by one TURN server for this peer. Contains no username and no credential. @group Diagnostics */
export interface RelayUsage {
  /**
   * The URL of the server, with its port and transport. Several if the browser does not report it (Firefox) and several
   * URLs of the configuration have the transport of the relay; none if the configuration cannot be read.
   */
  readonly urls: readonly string[]
  /** Payload that was sent to the server, in bytes: DTLS and SRTP packets without STUN and TURN headers. */
  readonly bytesSent: number
  /** Payload that was received from the server, in bytes. */
  readonly bytesReceived: number
  /** How long a pair of this server was selected, in seconds. Those of several connections add up. */
  readonly seconds: number
}

/** A relayed candidate pair at one reading. */
interface RelayedPair extends Pick<RelayUsage, 'urls' | 'bytesSent' | 'bytesReceived'> {
  readonly isSelected: boolean
}

/** The relayed pairs of a connection, by the id of their stats. */
export type RelayedPairs = ReadonlyMap<string, RelayedPair>

/**
 * Pairs that are missing in the stats are remembered, because their bytes must not count again if they reappear, as in
 * Firefox when the offer of an ICE restart is rolled back. Each restart leaves behind a few.
 */
const MAX_MISSING_PAIRS = 100

/**
 * Returns the relayed pairs of a reading, and those of the previous one that are missing in it.
 *
 * @param turnUrls - Those of the configuration.
 */
export function readRelayedPairs(
  stats: ConnectionStats,
  turnUrls: readonly IceUrl[],
  previous: RelayedPairs,
): RelayedPairs {
  const selected = selectedPairsOf(stats)
  const current = new Map<string, RelayedPair>()
  for (const pair of stats.values()) {
    if (pair.type !== 'candidate-pair') continue
    const known = previous.get(pair.id)
    // The configuration may name other servers by now, and the candidate may be gone.
    const urls =
      known?.urls ?? localCandidatesOf(stats, [pair]).map((local) => relayUrlsOf(local, turnUrls))[0]
    if (!urls) continue
    const bytesSent = readCount(pair.bytesSent, known?.bytesSent)
    const bytesReceived = readCount(pair.bytesReceived, known?.bytesReceived)
    current.set(pair.id, { urls, bytesSent, bytesReceived, isSelected: selected.includes(pair) })
  }
  // Firefox hides the pair in use from the offer of an ICE restart until it has switched to another one.
  const isSwitching = selected.length === 0
  const missing = [...previous]
    .filter(([id]) => !current.has(id))
    .map(([id, pair]) => [id, { ...pair, isSelected: pair.isSelected && isSwitching }] as const)
  return new Map([...missing.slice(-MAX_MISSING_PAIRS), ...current])
}

/**
 * Adds to the usage what the pairs have carried since the previous reading. What a pair carried before it was first read
 * counts as well.
 *
 * @param seconds - Since the previous reading. They count for the pairs that were selected then.
 * @returns the same list if nothing was relayed.
 */
export function addUsage(
  usage: readonly RelayUsage[],
  previous: RelayedPairs,
  current: RelayedPairs,
  seconds: number,
): readonly RelayUsage[] {
  const traffic = [...current].map(([id, { urls, bytesSent, bytesReceived }]) => ({
    urls,
    bytesSent: increaseOf(bytesSent, previous.get(id)?.bytesSent),
    bytesReceived: increaseOf(bytesReceived, previous.get(id)?.bytesReceived),
    seconds: 0,
  }))
  const selected = [...previous.values()].filter(({ isSelected }) => isSelected)
  // Without BUNDLE several pairs of one server are selected at the same time.
  const selectedByServer = new Map(selected.map(({ urls }) => [serverKey(urls), urls]))
  const time = [...selectedByServer.values()].map((urls) => ({
    urls,
    bytesSent: 0,
    bytesReceived: 0,
    seconds,
  }))
  return [...traffic, ...time]
    .filter((added) => added.bytesSent > 0 || added.bytesReceived > 0 || added.seconds > 0)
    .reduce(addToServer, usage)
}

function addToServer(usage: readonly RelayUsage[], added: RelayUsage): readonly RelayUsage[] {
  const isSameServer = ({ urls }: RelayUsage) => serverKey(urls) === serverKey(added.urls)
  if (!usage.some(isSameServer)) return [...usage, added]
  return usage.map((total) =>
    isSameServer(total)
      ? {
          urls: total.urls,
          bytesSent: total.bytesSent + added.bytesSent,
          bytesReceived: total.bytesReceived + added.bytesReceived,
          seconds: total.seconds + added.seconds,
        }
      : total,
  )
}

function serverKey(urls: readonly string[]): string {
  return urls.join(' ')
}

/** Returns the URLs that the relay can be of; `undefined` if the candidate is not relayed. */
function relayUrlsOf(local: StatsEntry, turnUrls: readonly IceUrl[]): readonly string[] | undefined {
  if (!isRelayedCandidate(local)) return undefined
  const reported = local.url ? parseIceUrl(local.url) : undefined
  if (reported?.ok) return [canonicalUrl(reported.url)]
  const matching = turnUrls.filter((url) => relayProtocolOf(url) === local.relayProtocol)
  return [...new Set((matching.length > 0 ? matching : turnUrls).map(canonicalUrl))]
}

/** Returns the `relayProtocol` of candidates that this URL yields (W3C webrtc-stats). */
export function relayProtocolOf({ scheme, transport }: IceUrl): string {
  return scheme === 'turns' && transport === 'tcp' ? 'tls' : transport
}

/** A counter that is missing has not changed. */
function readCount(value: number | undefined, known = 0): number {
  return Number.isFinite(value) ? Number(value) : known
}

/** A counter that is lower than before has started anew. */
function increaseOf(count: number, known = 0): number {
  return count >= known ? count - known : count
}
