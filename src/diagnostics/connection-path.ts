/** Reads from stats how a connection sends. */
import { parseIceUrl } from '../config/ice-url.js'
import type { ConnectionPath } from '../connection-explanation.js'
import {
  type ConnectionStats,
  isRelayedCandidate,
  localCandidatesOf,
  type StatsEntry,
  selectedPairsOf,
} from '../connection-stats.js'
import { relayProtocolOf } from './relay-usage.js'

/** Returns how a connection sends; `undefined` if no pair is selected. Of several transports, a relayed one counts. */
export function readPath(
  stats: ConnectionStats,
  turnUrls: readonly string[] = [],
): ConnectionPath | undefined {
  const pairs = selectedPairsOf(stats)
  const candidates = localCandidatesOf(stats, pairs)
  const [candidate] = candidates
  if (!candidate) return undefined
  const relay = candidates.find(isRelayedCandidate)
  const protocol = relay ? relay.relayProtocol : candidate.protocol
  const transports = [...stats.values()].filter(({ type }) => type === 'transport')
  return {
    relayed: relay !== undefined,
    relayUrl: relay && (relay.url ?? onlyUrlWith(protocol, turnUrls)),
    protocol,
    bytes: bytesOf(transports) ?? bytesOf(pairs), // Firefox counts them for pairs only.
  }
}

/** Firefox does not report the URL of a relayed candidate. */
function onlyUrlWith(protocol: string | undefined, turnUrls: readonly string[]): string | undefined {
  const possible = turnUrls.filter((text) => {
    const parsed = parseIceUrl(text)
    return parsed.ok && relayProtocolOf(parsed.url) === protocol
  })
  return possible.length === 1 ? possible[0] : undefined
}

function bytesOf(entries: readonly StatsEntry[]): number | undefined {
  const counts = entries.flatMap(({ bytesSent, bytesReceived }) =>
    [bytesSent, bytesReceived].flatMap((count) => count ?? []),
  )
  return counts.length > 0 ? counts.reduce((sum, count) => sum + count) : undefined
}
