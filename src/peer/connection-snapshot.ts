/** Reads what the restart policy depends on from a connection, with the differences between browsers. */
import type { AttachableConnection } from '../attachable-connection.js'
import { isTurnScheme, parseIceUrl } from '../config/ice-url.js'

/** A connection at one moment. */
export interface ConnectionSnapshot {
  /** `iceConnectionState`; empty if the connection does not have it. */
  readonly iceState: string
  readonly isStable: boolean
  /** Username fragment of the local description; `undefined` before the first. */
  readonly localUfrag: string | undefined
  /** How the selected pairs send; `unknown` before ICE is connected and where the stats do not contain it. */
  readonly path: 'relayed' | 'direct' | 'unknown'
  /** Whether a selected pair still uses candidates that are not part of the local description. */
  readonly isSwitchingPair: boolean
}

interface StatsEntry {
  readonly id: string
  readonly candidateType?: string
  readonly relayProtocol?: string
  readonly url?: string
  readonly usernameFragment?: string
  readonly localCandidateId?: string
  readonly selectedCandidatePairId?: string
  /** Of a candidate pair, in Firefox only. */
  readonly selected?: boolean
}

/** Resolves with a snapshot of the connection and its stats. */
export async function readSnapshot(connection: AttachableConnection): Promise<ConnectionSnapshot> {
  const candidates = await readSelectedLocalCandidates(connection)
  const localUfrags = readLocalUfrags(connection)
  const isRelayed = candidates.some(isRelayedCandidate)
  return {
    iceState: connection.iceConnectionState ?? '',
    isStable: connection.signalingState === 'stable',
    localUfrag: localUfrags[0],
    path: candidates.length === 0 ? 'unknown' : isRelayed ? 'relayed' : 'direct',
    isSwitchingPair: candidates.some(
      ({ usernameFragment }) => usernameFragment !== undefined && !localUfrags.includes(usernameFragment),
    ),
  }
}

/** Returns the username fragment of the local description, which changes with each ICE restart (RFC 8445 §9). */
export function readLocalUfrag(connection: AttachableConnection): string | undefined {
  return readLocalUfrags(connection)[0]
}

/** Without BUNDLE each transport can have its own. */
function readLocalUfrags({ localDescription }: AttachableConnection): string[] {
  const attributes = (localDescription?.sdp ?? '').matchAll(/^a=ice-ufrag:(.+)/gm)
  return Array.from(attributes, ([, ufrag = '']) => ufrag)
}

/** Whether ICE is `connected` or `completed`. */
export function isConnected(iceState: string): boolean {
  return iceState === 'connected' || iceState === 'completed'
}

/** Whether ICE is `disconnected` or `failed`. */
export function isDisconnected(iceState: string | undefined): boolean {
  return iceState === 'disconnected' || iceState === 'failed'
}

/**
 * Resolves with the local candidates of the selected pairs: one a transport, several without BUNDLE. Empty before ICE
 * is connected, and where the stats do not contain them.
 */
async function readSelectedLocalCandidates(connection: AttachableConnection): Promise<readonly StatsEntry[]> {
  const stats = new Map<string, StatsEntry>()
  try {
    const report = await connection.getStats?.()
    report?.forEach((entry) => void stats.set((entry as StatsEntry).id, entry as StatsEntry))
  } catch {
    // The connection may have been closed in the meantime.
  }
  const entries = [...stats.values()]
  const pairs = entries.flatMap(({ selectedCandidatePairId: id }) => (id ? (stats.get(id) ?? []) : []))
  return (pairs.length > 0 ? pairs : selectedPairsWithoutTransports(entries)).flatMap(
    ({ localCandidateId: id }) => (id ? (stats.get(id) ?? []) : []),
  )
}

/** Firefox 140 ESR has no transport stats. It marks the selected pair with a member that is not standard. */
function selectedPairsWithoutTransports(entries: readonly StatsEntry[]): StatsEntry[] {
  return entries.filter(({ selected }) => selected === true)
}

/**
 * Chromium reports a relayed candidate as `prflx` when the remote peer sees another address than the TURN server
 * announced, as with a server behind NAT. Such a candidate still has the relay protocol, or the URL of the server.
 */
function isRelayedCandidate({ candidateType, relayProtocol, url }: StatsEntry): boolean {
  if (candidateType === 'relay' || relayProtocol) return true
  const parsed = url ? parseIceUrl(url) : undefined
  return candidateType === 'prflx' && parsed?.ok === true && isTurnScheme(parsed.url.scheme)
}
