/** Creates the snapshot of a provider, without secrets. */
import type { IceConfiguration } from '../config/read-response.js'
import type { IceServerError } from '../errors.js'
import type { ProviderSnapshot } from '../provider-snapshot.js'

/** The parts of a snapshot, as the provider knows them. */
export interface SnapshotParts
  extends Pick<ProviderSnapshot, 'state' | 'isRefreshing' | 'takenAt' | 'nextRefreshAt' | 'connections'> {
  readonly configuration: IceConfiguration | undefined
  readonly lastError: IceServerError | undefined
}

/** Returns the snapshot. Members are picked one by one, so that no credential becomes part of it. */
export function createSnapshot({ configuration, lastError, ...parts }: SnapshotParts): ProviderSnapshot {
  return {
    ...parts,
    lastError: lastError && { code: lastError.code, message: lastError.message },
    configuration: configuration && {
      urls: configuration.iceServers.flatMap(({ urls }) => urls),
      expiresAt: configuration.expiresAt,
      expirySource: configuration.expirySource,
      fetchedAt: configuration.fetchedAt,
      afterExpiry: configuration.afterExpiry,
      dropped: configuration.dropped,
    },
  }
}
