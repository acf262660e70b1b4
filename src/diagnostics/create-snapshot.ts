/** Creates the snapshot of a provider, without secrets. */
import type { IceConfiguration } from '../config/read-response.js'
import type { IceServerError } from '../errors.js'
import type { ConnectionReport, ConnectionRestart, ProviderSnapshot } from '../provider-snapshot.js'
import { explainNow } from './explain.js'

/** What a snapshot reads from a provider. */
interface SnapshotSource extends Pick<ProviderSnapshot, 'state' | 'isRefreshing' | 'nextRefreshAt'> {
  readonly current: IceConfiguration | undefined
  readonly lastError: IceServerError | undefined
}

/**
 * Returns the snapshot. Members are picked one by one, so that no credential becomes part of it.
 *
 * @param takenAt - In epoch ms.
 */
export function createSnapshot(
  { state, isRefreshing, nextRefreshAt, lastError, current }: SnapshotSource,
  takenAt: number,
  connections: readonly ConnectionRestart[],
): ProviderSnapshot {
  return {
    state,
    isRefreshing,
    takenAt,
    nextRefreshAt,
    connections: connections.map(reportConnection),
    lastError: lastError && { code: lastError.code, message: lastError.message },
    configuration: current && {
      urls: current.iceServers.flatMap(({ urls }) => urls),
      expiresAt: current.expiresAt,
      expirySource: current.expirySource,
      fetchedAt: current.fetchedAt,
      afterExpiry: current.afterExpiry,
      dropped: current.dropped,
    },
  }
}

function reportConnection({ connection, restart }: ConnectionRestart): ConnectionReport {
  const explanation = explainNow(connection)
  const { signalingState = 'unknown', iceConnectionState } = explanation.facts
  return { signalingState, iceConnectionState, restart, explanation }
}
