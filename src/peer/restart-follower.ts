/** Follows the ICE restarts that the library requests on one connection, and reports how they end. */
import { IceServerError } from '../errors.js'
import type { RestartCause, RestartReport } from '../restart-report.js'
import type { ConnectionSnapshot, LocalDescription } from './connection-snapshot.js'
import type { RestartCondition } from './restart-policy.js'
import {
  followRestart,
  type ProgressContext,
  type RestartFailure,
  type RestartProgress,
  startProgress,
} from './restart-progress.js'
import type { RestartState } from './restart-record.js'

/** A report without the connection. */
type StatusReport = Omit<RestartReport, 'connection'>

const MESSAGES: Readonly<Record<RestartFailure, string>> = {
  'no-offer':
    'no offer followed: handle negotiationneeded during the whole call, or pass a restartIce function to attach()',
  'no-answer':
    'the remote peer did not answer the offer: deliver offers and answers during the whole call, or pass a restartIce function to attach()',
  'remote-peer':
    'the remote peer answered without restarting ICE: create a new connection before the deadline',
  'not-moved':
    'the selected pair still uses the previous candidates: create connections with iceCandidatePoolSize 0',
  'connection-failed': 'the connection failed',
}

interface Followed {
  readonly cause: RestartCause
  readonly deadline: number
  readonly progress: RestartProgress
}

/** A restart that is requested. */
export interface RestartStart {
  readonly cause: RestartCause
  readonly deadline: number
  readonly remoteUfrag: string | undefined
  /** Whether the request failed before. */
  readonly isRetry: boolean
  readonly monotonicNow: number
}

/** What the attachment does next. */
export interface FollowResult {
  /** When to check the connection again. */
  readonly checkAfterMs?: number
  /** The deadline before which to request the restart again, because the selected pair has not moved; epoch ms. */
  readonly requestBefore?: number
  /** How the restart has ended. */
  readonly ended?: 'completed' | RestartFailure
}

/** Offers that are made to a remote peer that does not restart, or does not answer, before the restarts are given up. */
const MAX_OFFERS = 3

/** An offer without an answer is repeated after this time: signaling can be down for a while. */
const REPEAT_OFFER_MS = 60_000

/** Delay before the restart of a lost connection is repeated; doubled with each failure, up to the maximum. */
const REPEAT_LOST_MS = 2000
const MAX_REPEAT_LOST_MS = 60_000

/** The restarts that have failed since the last one that completed. */
interface Failures {
  readonly count: number
  readonly last: RestartFailure
  /** When the last one failed, in monotonic ms. */
  readonly at: number
  /** Username fragment of the remote peer then. */
  readonly remoteUfrag: string | undefined
}

/** The restart in progress of one connection, and whether its restarts complete at all. */
export class RestartFollower {
  readonly #onReport: (report: StatusReport, isRepeated: boolean) => void
  #followed: Followed | undefined
  #failures: Failures | undefined

  /** @param onReport - Called with whether the restart before has failed as well. */
  constructor(onReport: (report: StatusReport, isRepeated: boolean) => void) {
    this.#onReport = onReport
  }

  /** Whether a restart is in progress. */
  get isFollowing(): boolean {
    return this.#followed !== undefined
  }

  /**
   * Returns what the connection is still restarted for. Restarts that do not complete are not requested for new credentials
   * again, because they could cost the call, and they are of no use with a remote peer that never restarts.
   */
  limit(condition: RestartCondition, monotonicNow: number): RestartCondition {
    if (condition === 'never' || !this.#failures) return condition
    const { repeatOfferAt, repeatLostAt } = repeatTimes(this.#failures)
    if (monotonicNow >= repeatOfferAt) return condition
    return monotonicNow >= repeatLostAt ? 'lost' : 'never'
  }

  /**
   * Follows a restart. One that is requested again while it is followed stays the same restart: newer servers do not extend
   * the time that the app has for its offer, but a request that failed before does.
   */
  start({ cause, deadline, remoteUfrag, isRetry, monotonicNow }: RestartStart): void {
    if (this.#followed) {
      if (!isRetry) return
      const progress = { ...this.#followed.progress, step: 'requested', stepAt: monotonicNow } as const
      this.#followed = { ...this.#followed, progress }
      return
    }
    this.#followed = { cause, deadline, progress: startProgress(monotonicNow, remoteUfrag) }
    this.#onReport({ cause, status: 'requested', deadline }, this.#failures !== undefined)
  }

  /**
   * Handles a negotiation. A new username fragment of the remote peer shows that restarts complete again, also where the
   * selected pair has moved before the next check.
   */
  handleNegotiation({ remoteUfrag, isStable }: LocalDescription): void {
    if (this.#followed || !isStable || remoteUfrag === undefined) return
    if (remoteUfrag !== this.#failures?.remoteUfrag) this.#failures = undefined
  }

  /** Checks the restart in progress. */
  follow(state: RestartState['name'], snapshot: ConnectionSnapshot, context: ProgressContext): FollowResult {
    const { monotonicNow } = context
    if (!this.#followed) return this.#waitForRepeat(state, snapshot, monotonicNow)
    const { deadline, progress } = this.#followed
    const result = followRestart(progress, state, snapshot, context)
    if (result.status === 'completed') {
      this.#end(monotonicNow)
      return { ended: 'completed' }
    }
    if (result.status === 'failed') {
      this.#end(monotonicNow, { last: result.failure, remoteUfrag: snapshot.remoteUfrag })
      return { ...this.#waitForRepeat(state, snapshot, monotonicNow), ended: result.failure }
    }
    this.#followed = { ...this.#followed, progress: result.progress }
    return result.status === 'pending' ? { checkAfterMs: result.checkAfterMs } : { requestBefore: deadline }
  }

  /** Reports that the remote peer has answered without restarting ICE. */
  handleUnchangedAnswer(remoteUfrag: string | undefined, monotonicNow: number): void {
    this.#end(monotonicNow, { last: 'remote-peer', remoteUfrag })
  }

  /** Forgets the restart in progress. */
  cancel(): void {
    this.#followed = undefined
  }

  #waitForRepeat(
    state: RestartState['name'],
    { remoteUfrag }: ConnectionSnapshot,
    monotonicNow: number,
  ): FollowResult {
    if (!this.#failures) return {}
    // The app or the remote peer has restarted ICE.
    const hasPeerRestarted = remoteUfrag === undefined || remoteUfrag !== this.#failures.remoteUfrag
    if (state === 'checking' && hasPeerRestarted) {
      this.#failures = undefined
      return {}
    }
    const { repeatOfferAt, repeatLostAt } = repeatTimes(this.#failures)
    const next = Math.min(...[repeatOfferAt, repeatLostAt].filter((at) => at > monotonicNow))
    return Number.isFinite(next) ? { checkAfterMs: next - monotonicNow } : {}
  }

  #end(monotonicNow: number, failure?: Pick<Failures, 'last' | 'remoteUfrag'>): void {
    if (!this.#followed) return
    const { cause, deadline, progress } = this.#followed
    const isRepeated = this.#failures !== undefined
    this.#followed = undefined
    this.#failures = failure && { ...failure, count: (this.#failures?.count ?? 0) + 1, at: monotonicNow }
    const report = { cause, deadline, durationMs: monotonicNow - progress.requestedAt }
    if (failure)
      this.#onReport({ ...report, status: 'failed', error: restartError(failure.last) }, isRepeated)
    else this.#onReport({ ...report, status: 'completed' }, isRepeated)
  }
}

/** Returns when a restart may be repeated, in monotonic ms. */
function repeatTimes({ count, last, at }: Failures): {
  readonly repeatOfferAt: number
  readonly repeatLostAt: number
} {
  const isGivenUp = count >= MAX_OFFERS
  const delayMs = Math.min(REPEAT_LOST_MS * 2 ** (count - 1), MAX_REPEAT_LOST_MS)
  return {
    repeatOfferAt: last === 'no-answer' && !isGivenUp ? at + REPEAT_OFFER_MS : Number.POSITIVE_INFINITY,
    repeatLostAt: last === 'remote-peer' && isGivenUp ? Number.POSITIVE_INFINITY : at + delayMs,
  }
}

function restartError(failure: RestartFailure): IceServerError {
  return new IceServerError('ERR_ICE_RESTART', `the ICE restart did not complete: ${MESSAGES[failure]}`)
}
