/** Reads the selected candidate pairs from the stats of a connection, with the differences between browsers. */
import type { AttachableConnection } from './attachable-connection.js'
import { isTurnUrl } from './config/ice-url.js'
import { readSafely } from './read-safely.js'

/** The members of all stats that the library reads. */
export interface StatsEntry {
  readonly id: string
  readonly type?: string
  readonly candidateType?: string
  readonly address?: string | null
  readonly port?: number
  readonly protocol?: string
  readonly relayProtocol?: string
  readonly url?: string
  readonly usernameFragment?: string
  readonly localCandidateId?: string
  readonly selectedCandidatePairId?: string | null
  readonly timestamp?: number
  readonly lastPacketReceivedTimestamp?: number
  readonly bytesSent?: number
  readonly bytesReceived?: number
  /** Of a candidate pair, in Firefox only. */
  readonly selected?: boolean
  readonly nominated?: boolean
  /** Of a candidate pair. */
  readonly state?: string
  readonly responsesReceived?: number
  /** Of a transport, in Chromium only. */
  readonly selectedCandidatePairChanges?: number
  /** Of a connection. */
  readonly dataChannelsOpened?: number
}

/** The stats of a connection, by id. */
export type ConnectionStats = ReadonlyMap<string, StatsEntry>

type StatsReport = Awaited<ReturnType<NonNullable<AttachableConnection['getStats']>>>

/** Stats that take longer are unknown: the restart must not wait for them. */
const STATS_TIMEOUT_MS = 2000

/** Resolves with the stats of a connection. Empty if it has none, is closed, or does not return them in time. */
export async function readStats(connection: AttachableConnection): Promise<ConnectionStats> {
  const stats = new Map<string, StatsEntry>()
  const report = await requestStats(connection)
  const add = (entry: unknown) => void stats.set((entry as StatsEntry).id, entry as StatsEntry)
  readSafely(() => report?.forEach(add), undefined)
  return stats
}

/** Returns the selected pairs: one a transport, several without BUNDLE. Empty before ICE is connected. */
export function selectedPairsOf(stats: ConnectionStats): readonly StatsEntry[] {
  const entries = [...stats.values()]
  const pairs = entries.flatMap((entry) => find(stats, entry.selectedCandidatePairId))
  return pairs.length > 0 ? pairs : selectedPairsWithoutTransports(entries)
}

/** Returns the local candidates of pairs. */
export function localCandidatesOf(stats: ConnectionStats, pairs: readonly StatsEntry[]): StatsEntry[] {
  return pairs.flatMap(({ localCandidateId }) => find(stats, localCandidateId))
}

/**
 * Chromium reports a relayed candidate as `prflx` when the remote peer sees another address than the TURN server
 * announced, as with a server behind NAT. Such a candidate still has the relay protocol, or the URL of the server.
 */
export function isRelayedCandidate({ candidateType, relayProtocol, url }: StatsEntry): boolean {
  if (candidateType === 'relay' || relayProtocol) return true
  return candidateType === 'prflx' && url !== undefined && isTurnUrl(url)
}

function find(stats: ConnectionStats, id: string | null | undefined): StatsEntry | readonly [] {
  return id ? (stats.get(id) ?? []) : []
}

/** Resolves with `undefined` if the connection has no stats, has been closed in the meantime, or does not return them. */
async function requestStats(connection: AttachableConnection): Promise<StatsReport | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), STATS_TIMEOUT_MS)
  })
  try {
    return await Promise.race([connection.getStats?.(), timeout])
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Firefox 140 ESR has no transport stats. It marks the selected pair with a member that is not standard. Where that is missing
 * as well, as in older versions of Chromium, the nominated pairs that succeeded are all that is known.
 */
function selectedPairsWithoutTransports(entries: readonly StatsEntry[]): StatsEntry[] {
  const areMarked = entries.some(({ selected }) => selected !== undefined)
  if (areMarked || entries.some(({ type }) => type === 'transport')) {
    return entries.filter(({ selected }) => selected === true)
  }
  return entries.filter(({ nominated, state }) => nominated === true && state === 'succeeded')
}
