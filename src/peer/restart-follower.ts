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
  /** Whether to roll back the offer that waits for its answer. */
  readonly rollBack?: boolean
}

/** Offers that are made to a remote peer that does not restart, once the call is lost. */
const MAX_UNCHANGED_ANSWERS = 3

/** The restart in progress of one connection, and whether its restarts complete at all. */
export class RestartFollower {
  readonly #onReport: (report: StatusReport, isRepeated: boolean) => void
  #followed: Followed | undefined
  #isRestartable = true
  /** Username fragment of the remote peer when a restart failed. */
  #failedUfrag: string | undefined
  #unchangedAnswers = 0

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
  limit(condition: RestartCondition): RestartCondition {
    if (condition === 'never' || this.#isRestartable) return condition
    return this.#unchangedAnswers < MAX_UNCHANGED_ANSWERS ? 'lost' : 'never'
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
    this.#onReport({ cause, status: 'requested', deadline }, !this.#isRestartable)
  }

  /**
   * Handles a negotiation. A new username fragment of the remote peer shows that restarts complete again, also where the
   * selected pair has moved before the next check.
   */
  handleNegotiation({ remoteUfrag, isStable }: LocalDescription): void {
    if (this.#followed || !isStable || remoteUfrag === undefined) return
    if (remoteUfrag !== this.#failedUfrag) this.#setRestartable()
  }

  /** Checks the restart in progress. */
  follow(state: RestartState['name'], snapshot: ConnectionSnapshot, context: ProgressContext): FollowResult {
    if (!this.#followed) {
      // The app or the remote peer has restarted ICE.
      const { remoteUfrag } = snapshot
      const hasPeerRestarted = remoteUfrag === undefined || remoteUfrag !== this.#failedUfrag
      if (state === 'checking' && hasPeerRestarted) this.#setRestartable()
      return {}
    }
    const { deadline, progress } = this.#followed
    const result = followRestart(progress, state, snapshot, context)
    if (result.status === 'completed' || result.status === 'failed') {
      this.#failedUfrag = snapshot.remoteUfrag
      this.#end(context.monotonicNow, result.status === 'failed' ? result.failure : undefined)
      return { rollBack: result.status === 'failed' && result.failure === 'no-answer' }
    }
    this.#followed = { ...this.#followed, progress: result.progress }
    if (result.status === 'pending') return { checkAfterMs: result.checkAfterMs }
    return result.status === 'roll-back' ? { rollBack: true } : { requestBefore: deadline }
  }

  /** Reports that the remote peer has answered without restarting ICE. */
  handleUnchangedAnswer(remoteUfrag: string | undefined, monotonicNow: number): void {
    this.#failedUfrag = remoteUfrag
    this.#end(monotonicNow, 'remote-peer')
  }

  #end(monotonicNow: number, failure: RestartFailure | undefined): void {
    if (!this.#followed) return
    const { cause, deadline, progress } = this.#followed
    this.#followed = undefined
    const report = { cause, deadline, durationMs: monotonicNow - progress.requestedAt }
    const isRepeated = !this.#isRestartable
    if (!failure) {
      this.#setRestartable()
      this.#onReport({ ...report, status: 'completed' }, isRepeated)
      return
    }
    this.#isRestartable = false
    if (failure === 'remote-peer') this.#unchangedAnswers++
    this.#onReport({ ...report, status: 'failed', error: restartError(failure) }, isRepeated)
  }

  #setRestartable(): void {
    this.#isRestartable = true
    this.#unchangedAnswers = 0
  }
}

function restartError(failure: RestartFailure): IceServerError {
  return new IceServerError('ERR_ICE_RESTART', `the ICE restart did not complete: ${MESSAGES[failure]}`)
}
