/** What a provider does next about its configuration: request it now, or wait until something changes. */
import { phaseOf, type RefreshRecord, type RequestUrgency, requestAt } from './refresh-state.js'

/** What callers and listeners currently need. */
export interface RefreshDemand {
  /** Whether the configuration is kept fresh, or a call waits for one. Without either, nothing is requested. */
  readonly isWanted: boolean
  /** Why a request is wanted before the planned refresh. */
  readonly urgency: RequestUrgency | undefined
  /** Whether there is an event listener, so that a change of phase has to be noticed when it happens. */
  readonly isObserved: boolean
}

/** What to do. */
export interface RefreshPlan {
  readonly requestNow: boolean
  /** When to plan again without a further event, in epoch ms; `undefined` if there is nothing to wait for. */
  readonly wakeAt: number | undefined
}

/** Returns whether a request is due, and when the next request or change of phase is. */
export function planRefresh(record: RefreshRecord, demand: RefreshDemand, now: number): RefreshPlan {
  const dueAt = demand.isWanted ? requestAt(record, demand.urgency) : undefined
  const phaseEndsAt = demand.isObserved ? nextPhaseAt(record, now) : undefined
  const requestNow = dueAt !== undefined && now >= dueAt
  if (requestNow || dueAt === undefined) return { requestNow, wakeAt: phaseEndsAt }
  return { requestNow, wakeAt: Math.min(dueAt, phaseEndsAt ?? dueAt) }
}

function nextPhaseAt(record: RefreshRecord, now: number): number | undefined {
  const phase = phaseOf(record, now)
  if (phase === 'fresh') return record.refreshAt
  return phase === 'stale' ? record.lifetime?.expiresAt : undefined
}
