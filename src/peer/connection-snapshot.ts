/** Reads what the restart policy depends on from a connection, with the differences between browsers. */
import type { AttachableConnection } from '../attachable-connection.js'
import {
  isRelayedCandidate,
  localCandidatesOf,
  readStats,
  type StatsEntry,
  selectedPairsOf,
} from '../connection-stats.js'
import { isConnected, readUfrags } from '../ice-states.js'
import { readSafely } from '../read-safely.js'
import { signalingStateOf } from './signaling-state.js'

/** The local description of a connection. */
export interface LocalDescription {
  /** Its username fragment, which changes with each ICE restart (RFC 8445 §9); `undefined` before the first. */
  readonly localUfrag: string | undefined
  /** Username fragment of the negotiated description; another one while an offer that restarts ICE is pending. */
  readonly negotiatedUfrag: string | undefined
  /** Username fragment of the remote description. */
  readonly remoteUfrag: string | undefined
  readonly isStable: boolean
}

/** A connection at one moment. */
export interface ConnectionSnapshot extends LocalDescription {
  /** `iceConnectionState`; empty if the connection does not have it. */
  readonly iceState: string
  /** How the selected pairs send; `unknown` before ICE is connected and where the stats do not contain it. */
  readonly path: 'relayed' | 'direct' | 'unknown'
  /** Addresses and ports of the selected relayed candidates. */
  readonly selectedRelays: readonly string[]
  /** Addresses and ports of the relayed candidates in the local description. */
  readonly gatheredRelays: readonly string[]
  /** Whether a selected pair still uses candidates that are not part of the local description. */
  readonly isSwitchingPair: boolean
  /** Since the last packet arrived on a selected pair, in ms; `undefined` where the stats do not contain it. */
  readonly silentMs: number | undefined
}

/** The selected pairs: one a transport, several without BUNDLE. */
interface Selection extends Pick<ConnectionSnapshot, 'silentMs'> {
  /** Their local candidates. Empty before ICE is connected, and where the stats do not contain them. */
  readonly candidates: readonly StatsEntry[]
  readonly isPairMissing: boolean
}

/** Resolves with a snapshot of the connection and its stats. */
export async function readSnapshot(connection: AttachableConnection): Promise<ConnectionSnapshot> {
  const { candidates, isPairMissing, silentMs } = await readSelection(connection)
  const localUfrags = readSafely(() => readUfrags(connection.localDescription), [])
  const iceState = readSafely(() => connection.iceConnectionState, undefined) ?? ''
  const isRelayed = candidates.some(isRelayedCandidate)
  const isPrevious = ({ usernameFragment }: StatsEntry) =>
    usernameFragment !== undefined && !localUfrags.includes(usernameFragment)
  return {
    ...readDescription(connection),
    iceState,
    path: candidates.length === 0 ? 'unknown' : isRelayed ? 'relayed' : 'direct',
    selectedRelays: candidates.flatMap(relayAddressOf),
    gatheredRelays: readSafely(() => readRelays(connection.localDescription), []),
    // Firefox shows no pair after a restart until it has switched to the new candidates.
    isSwitchingPair: candidates.some(isPrevious) || (isPairMissing && isConnected(iceState)),
    silentMs,
  }
}

/** Reads the local description. A connection that throws counts as one without a description. */
export function readDescription(connection: AttachableConnection): LocalDescription {
  const isStable = readSafely(() => signalingStateOf(connection) === 'stable', false)
  const [localUfrag] = readSafely(() => readUfrags(connection.localDescription), [])
  const [currentUfrag] = readSafely(() => readUfrags(connection.currentLocalDescription), [])
  const [remoteUfrag] = readSafely(() => readUfrags(connection.remoteDescription), [])
  const negotiatedUfrag = currentUfrag ?? (isStable ? localUfrag : undefined)
  return { localUfrag, negotiatedUfrag, remoteUfrag, isStable }
}

/** Whether an offer that restarts ICE waits for its answer. */
export function hasPendingRestart({
  localUfrag,
  negotiatedUfrag,
}: Pick<LocalDescription, 'localUfrag' | 'negotiatedUfrag'>): boolean {
  return negotiatedUfrag !== undefined && negotiatedUfrag !== localUfrag
}

/** Returns the addresses and ports of the relayed candidates of a description. */
function readRelays(description: AttachableConnection['localDescription']): string[] {
  const candidates = (description?.sdp ?? '').matchAll(/^a=candidate:(?:\S+ ){4}(\S+ \d+) typ relay\b/gm)
  return Array.from(candidates, ([, address = '']) => address)
}

function relayAddressOf({ candidateType, address, port }: StatsEntry): string[] {
  return candidateType === 'relay' && address && port ? [`${address} ${port}`] : []
}

/** Whether a connection is one of Firefox, which alone has identity assertions. */
export function isFirefoxConnection(connection: AttachableConnection): boolean {
  return readSafely(() => 'peerIdentity' in connection, false)
}

async function readSelection(connection: AttachableConnection): Promise<Selection> {
  const stats = await readStats(connection)
  const transports = [...stats.values()].filter(({ type }) => type === 'transport')
  const selected = selectedPairsOf(stats)
  return {
    candidates: localCandidatesOf(stats, selected),
    isPairMissing: transports.length > 0 && transports.every((entry) => !entry.selectedCandidatePairId),
    silentMs: silentMsOf(selected),
  }
}

/** Time since a packet arrived on the pair that received last. */
function silentMsOf(pairs: readonly StatsEntry[]): number | undefined {
  const times = pairs.flatMap(({ timestamp, lastPacketReceivedTimestamp: receivedAt }) =>
    timestamp !== undefined && receivedAt ? [timestamp - receivedAt] : [],
  )
  return times.length > 0 ? Math.min(...times) : undefined
}
