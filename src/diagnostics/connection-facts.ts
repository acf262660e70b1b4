/** Reads the facts about a connection from its states, descriptions, configuration, stats and history. */
import type { AttachableConnection } from '../attachable-connection.js'
import { isTurnUrl } from '../config/ice-url.js'
import type { ConnectionFacts, MissingFact } from '../connection-explanation.js'
import { differenceOf, type FailedRestart, historyOf } from '../connection-history.js'
import type { ConnectionStats } from '../connection-stats.js'
import { readCandidateTypes, readUfrags } from '../ice-states.js'
import { readSafely } from '../read-safely.js'

/** The facts, and what is not known. */
export interface ReadFacts {
  readonly facts: ConnectionFacts
  readonly missing: readonly MissingFact[]
  /** What the last restart reported when it failed. */
  readonly restartMessage: string | undefined
}

/** Returns the facts. Members are picked one by one, so that no credential becomes part of them. */
export function readFacts(connection: AttachableConnection, stats: ConnectionStats): ReadFacts {
  const read = <T>(member: () => T) => readSafely(member, undefined)
  const history = historyOf(connection)
  const configuration = read(() => connection.getConfiguration?.())
  const localDescription = read(() => connection.localDescription)
  const failedRestart = lastingFailure(connection, history?.failedRestart)
  const isKnown = stats.size > 0 || history?.isComplete
  const missing: readonly (MissingFact | false)[] = [
    !history?.isComplete && 'events',
    stats.size === 0 && 'stats',
    !configuration && 'configuration',
  ]
  return {
    facts: {
      signalingState: read(() => connection.signalingState),
      iceGatheringState: read(() => connection.iceGatheringState),
      iceConnectionState: read(() => connection.iceConnectionState),
      connectionState: read(() => connection.connectionState),
      iceTransportPolicy: configuration?.iceTransportPolicy,
      turnUrls:
        configuration && (configuration.iceServers ?? []).flatMap(({ urls }) => urls).filter(isTurnUrl),
      localCandidateTypes: localDescription ? readCandidateTypes(localDescription) : undefined,
      remoteCandidateTypes: remoteCandidateTypes(connection, stats),
      wasConnected: history?.wasConnected || showConnection(stats) || (isKnown ? false : undefined),
      gatheringMs: differenceOf(history?.gatheredAt ?? performance.now(), history?.gatheringAt),
      candidateErrors: history?.candidateErrors ?? [],
      restartFailure: failedRestart?.failure,
    },
    missing: missing.filter((fact) => fact !== false),
    restartMessage: failedRestart?.message,
  }
}

/** A failure that is not outdated: after a later restart, the remote peer has another username fragment. */
function lastingFailure(
  connection: AttachableConnection,
  failed: FailedRestart | undefined,
): FailedRestart | undefined {
  const [remoteUfrag] = readSafely(() => readUfrags(connection.remoteDescription), [])
  return failed?.remoteUfrag === remoteUfrag ? failed : undefined
}

/** Returns the types of the remote candidates: those of the description, and those that sent a check (`prflx`). */
function remoteCandidateTypes(
  connection: AttachableConnection,
  stats: ConnectionStats,
): readonly string[] | undefined {
  const description = readSafely(() => connection.remoteDescription, undefined)
  if (!description) return undefined
  const remote = [...stats.values()].filter(({ type }) => type === 'remote-candidate')
  const types = remote.flatMap(({ candidateType }) => candidateType ?? [])
  return [...new Set([...readCandidateTypes(description), ...types])]
}

/** Whether stats show that ICE was connected. Browsers remove the pairs of a connection that has failed. */
function showConnection(stats: ConnectionStats): boolean {
  return [...stats.values()].some(
    ({ nominated, selectedCandidatePairChanges = 0, dataChannelsOpened = 0 }) =>
      nominated === true || selectedCandidatePairChanges > 0 || dataChannelsOpened > 0,
  )
}
