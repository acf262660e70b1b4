/** What the refresher of a configuration needs to know, and what it reports. */
import type { IceConfiguration } from './config/read-response.js'
import type { IceServerError } from './errors.js'
import type { RefreshAttempt } from './events.js'
import type { SharedRequest } from './fetch/shared-request.js'
import type { RefreshDemand } from './refresh/plan-refresh.js'

/** Who uses the configuration at this moment. */
export interface ConfigurationDemand {
  /** Whether the configuration is to be kept fresh. */
  readonly isKeptFresh: boolean
  /** Whether an attached connection is `disconnected` or `failed`. */
  readonly isUrgent: boolean
  /** Whether changes of state have to be noticed when they happen. */
  readonly isObserved: boolean
}

/** What a refresher needs to know, and what it reports. */
export interface RefresherHandlers {
  readDemand(): ConfigurationDemand
  /** Called before each plan, with the configuration if it has expired. */
  onBeforePlan(expired: IceConfiguration | undefined): void
  /**
   * Called when the servers or their expiry have changed.
   *
   * @param previousExpiresAt - When the previous credentials expire, in epoch ms; may be in the past. `undefined` without any.
   */
  onUpdate(
    current: IceConfiguration,
    previous: IceConfiguration | undefined,
    previousExpiresAt: number | undefined,
  ): void
  /** Called when the network may have changed, while the configuration is kept fresh. */
  onNetworkChange(): void
  onFailure(error: IceServerError): void
  /** Called before `onFailure`, until the first configuration is received. `isAwaited`: the promise of a caller rejects with the error. */
  onNothingReceived(error: IceServerError, isAwaited: boolean): void
  /** Called when a request has settled, after `onUpdate` or `onFailure`. */
  onSettled(attempt: RefreshAttempt): void
}

/** Returns what the plan depends on, given who uses the configuration and who waits for a request. */
export function toRefreshDemand(
  { isKeptFresh, isUrgent, isObserved }: ConfigurationDemand,
  { hasWaiters, isForced }: Pick<SharedRequest<unknown>, 'hasWaiters' | 'isForced'>,
): RefreshDemand {
  const urgency = isForced ? 'forced' : hasWaiters || isUrgent ? 'awaited' : undefined
  return { isWanted: isKeptFresh || hasWaiters, urgency, isObserved }
}
