/** Follows the ICE restarts that the library requests on one connection, and reports how they end. */
import type { RestartFailure } from '../restart-failure.js'
import type { RestartCause, RestartReport } from '../restart-report.js'
import type { ConnectionSnapshot, LocalDescription } from './connection-snapshot.js'
import { type Failures, repeatTimes, restartError } from './restart-failures.js'
import type { RestartCondition } from './restart-policy.js'
import {
  failureOf,
  followRestart,
  type ProgressContext,
  type RestartProgress,
  startProgress,
} from './restart-progress.js'
import type { RestartState } from './restart-record.js'

/** A report without the connection. */
type StatusReport = Omit<RestartReport, 'connection' | 'explanation'>

type OnReport = (report: StatusReport, isRepeated: boolean, failure?: RestartFailure) => void

interface Followed {
  readonly cause: RestartCause
  readonly deadline: number
  /** When to report that it has not completed in time, in epoch ms; `undefined` if there was no time from the start. */
  readonly reportAt: number | undefined
  readonly isReported: boolean
  readonly progress: RestartProgress
}

/** A restart that is requested. */
export interface RestartStart {
  readonly cause: RestartCause
  readonly deadline: number
  readonly remoteUfrag: string | undefined
  /** Relay addresses that the restart must not use again. */
  readonly relays: readonly string[]
  /** Whether the request failed before. */
  readonly isRetry: boolean
  /** Epoch ms. */
  readonly now: number
  readonly monotonicNow: number
}

/** What following depends on, beside the state and the snapshot. */
export interface FollowContext extends ProgressContext {
  /** Epoch ms. */
  readonly now: number
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

/** A restart that is not complete this long before the deadline is reported, so that the app has time for another connection. */
const REPORT_BEFORE_DEADLINE_MS = 3000

/** A restart that is requested so late that it has less time than this is not reported before the deadline. */
const MIN_TIME_MS = 5000

/** Responses of TURN servers that the quota is reached, after which the connection is not restarted until there are other servers. */
const MAX_QUOTA_ERRORS = 8

/** The restart in progress of one connection, and whether its restarts complete at all. */
export class RestartFollower {
  readonly #onReport: OnReport
  #followed: Followed | undefined
  #failures: Failures | undefined
  /** TURN URL that allocated no more relay addresses for the user, since the last restart that completed. */
  #quotaUrl: string | undefined
  /** How often that happened with the current servers. */
  #quotaErrors = 0

  /** @param onReport - Called with whether the restart before has failed as well, and why this one has. */
  constructor(onReport: OnReport) {
    this.#onReport = onReport
  }

  /** Whether a restart is in progress. */
  get isFollowing(): boolean {
    return this.#followed !== undefined
  }

  get quotaUrl(): string | undefined {
    return this.#quotaUrl
  }

  /**
   * Returns what the connection is still restarted for. Restarts that do not complete are not requested for new credentials
   * again, because they could drop the call, and they are of no use with a remote peer that never restarts, or while the
   * user has no quota left.
   */
  limit(condition: RestartCondition, monotonicNow: number): RestartCondition {
    if (condition === 'never' || this.#quotaErrors >= MAX_QUOTA_ERRORS) return 'never'
    if (!this.#failures) return condition
    const { repeatOfferAt, repeatLostAt } = repeatTimes(this.#failures)
    if (monotonicNow >= repeatOfferAt) return condition
    return monotonicNow >= repeatLostAt ? 'lost' : 'never'
  }

  /**
   * Follows a restart. One that is requested again while it is followed stays the same restart: newer servers do not extend
   * the time that the app has for its offer, but a request that failed before does.
   */
  start({ cause, deadline, remoteUfrag, relays, isRetry, now, monotonicNow }: RestartStart): void {
    if (this.#followed) {
      if (!isRetry) return
      const progress = { ...this.#followed.progress, step: 'requested', stepAt: monotonicNow } as const
      this.#followed = { ...this.#followed, progress }
      return
    }
    const latestAt = deadline - REPORT_BEFORE_DEADLINE_MS
    const reportAt = latestAt - now >= MIN_TIME_MS ? latestAt : undefined
    const progress = startProgress(monotonicNow, remoteUfrag, relays)
    this.#followed = { cause, deadline, reportAt, isReported: false, progress }
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
  follow(state: RestartState['name'], snapshot: ConnectionSnapshot, context: FollowContext): FollowResult {
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
    const untilReportMs = this.#reportIfLate(context)
    if (result.status === 'request-again') return { requestBefore: deadline }
    return { checkAfterMs: Math.min(result.checkAfterMs, untilReportMs) }
  }

  /** Ends the restart in progress. */
  fail(failure: RestartFailure, remoteUfrag: string | undefined, monotonicNow: number): void {
    this.#end(monotonicNow, { last: failure, remoteUfrag })
  }

  /**
   * Handles new servers: the next restart does not depend on whether the TURN server accepted the previous credentials. Not so
   * after a quota, which applies to the user. Firefox 153 as remote peer loses the call if an offer that was rolled back
   * after its answer is followed by another one, so only a lost connection is restarted then.
   */
  handleNewServers(): void {
    this.#quotaErrors = 0
    if (this.#failures?.last === 'no-relay' && !this.#quotaUrl) this.#failures = undefined
  }

  /** Handles that a TURN server allocates no more relay addresses for the user of the credentials. */
  handleQuota(url: string): void {
    this.#quotaUrl ??= url
    this.#quotaErrors++
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

  /** Returns the time until a restart in progress is reported as late. */
  #reportIfLate({ now, monotonicNow }: FollowContext): number {
    const { reportAt, isReported, progress } = this.#followed ?? {}
    if (!progress || reportAt === undefined || isReported) return Number.POSITIVE_INFINITY
    if (now < reportAt) return reportAt - now
    this.#report(monotonicNow, failureOf(progress))
    return Number.POSITIVE_INFINITY
  }

  #end(monotonicNow: number, failure?: Pick<Failures, 'last' | 'remoteUfrag'>): void {
    if (!failure || !this.#followed?.isReported) this.#report(monotonicNow, failure?.last)
    if (!this.#followed) return
    this.#followed = undefined
    if (!failure) this.#quotaUrl = undefined
    this.#failures = failure && { ...failure, count: (this.#failures?.count ?? 0) + 1, at: monotonicNow }
  }

  #report(monotonicNow: number, failure: RestartFailure | undefined): void {
    if (!this.#followed) return
    const { cause, deadline, progress } = this.#followed
    this.#followed = { ...this.#followed, isReported: true }
    const report = { cause, deadline, durationMs: monotonicNow - progress.requestedAt }
    const isRepeated = this.#failures !== undefined
    const error = failure && restartError(failure)
    if (error) this.#onReport({ ...report, status: 'failed', error }, isRepeated, failure)
    else this.#onReport({ ...report, status: 'completed' }, isRepeated)
  }
}
