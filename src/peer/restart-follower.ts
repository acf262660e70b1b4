/** Follows the ICE restarts that the library requests on one connection, and reports how they end. */
import { IceServerError } from '../errors.js'
import type { RestartCause, RestartReport } from '../restart-report.js'
import type { ConnectionSnapshot } from './connection-snapshot.js'
import {
  followRestart,
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
  'no-answer': 'the remote peer did not answer the offer',
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
}

/** The restart in progress of one connection, and whether its restarts complete at all. */
export class RestartFollower {
  readonly #onReport: (report: StatusReport) => void
  #followed: Followed | undefined
  #isRestartable = true

  constructor(onReport: (report: StatusReport) => void) {
    this.#onReport = onReport
  }

  /** Whether a restart is in progress. */
  get isFollowing(): boolean {
    return this.#followed !== undefined
  }

  /** `false` after a restart that failed: only a connection that is lost is restarted then. */
  get isRestartable(): boolean {
    return this.#isRestartable
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
    this.#onReport({ cause, status: 'requested', deadline })
  }

  /** Checks the restart in progress. */
  follow(
    state: RestartState['name'],
    snapshot: ConnectionSnapshot,
    context: { readonly monotonicNow: number; readonly poolSize: number },
  ): FollowResult {
    // The app or the remote peer has restarted ICE.
    if (!this.#followed && state === 'checking') this.#isRestartable = true
    if (!this.#followed) return {}
    const { cause, deadline, progress } = this.#followed
    const result = followRestart(progress, state, snapshot, context)
    if (result.status === 'pending' || result.status === 'request-again') {
      this.#followed = { ...this.#followed, progress: result.progress }
      return result.status === 'pending' ? { checkAfterMs: result.checkAfterMs } : { requestBefore: deadline }
    }
    this.#followed = undefined
    this.#isRestartable = result.status === 'completed'
    const durationMs = context.monotonicNow - progress.requestedAt
    const report = { cause, deadline, durationMs, status: result.status }
    this.#onReport(result.status === 'failed' ? { ...report, error: restartError(result.failure) } : report)
    return {}
  }
}

function restartError(failure: RestartFailure): IceServerError {
  return new IceServerError('ERR_ICE_RESTART', `the ICE restart did not complete: ${MESSAGES[failure]}`)
}
