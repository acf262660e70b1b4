/** Reports the errors of one request to the application. */
import { isObject } from '../type-guards.js'
import { withDeadline } from './deadline.js'

/** What the handler was doing when an error occurred. @group Server: handler */
export type ErrorStage = 'authorize' | 'rateLimit' | 'source' | 'internal'

/** The second argument of `onError`. @group Server: handler */
export interface ErrorContext {
  /** The request. Its headers contain the user's token: do not log them. */
  readonly request: Request
  /**
   * Where the error occurred: in `authorize`, in the key or store of `rateLimit`, in a source, or elsewhere, such as in
   * `allowedOrigins`.
   */
  readonly stage: ErrorStage
}

/** Called with an error. @group Server: handler */
export type OnError = (error: unknown, context: ErrorContext) => unknown

/** The context of a request on Cloudflare Workers and similar runtimes: a promise that is passed to it may outlive the response. */
interface ExecutionContext {
  waitUntil(promise: Promise<unknown>): void
}

/** The reports of one request. */
export interface ErrorReports {
  report(error: unknown, stage: ErrorStage): void
  /** Resolves when all reports have been delivered, at the latest after a time. Resolves at once if the runtime waits for them. */
  settle(timeoutMs: number): Promise<void>
}

/**
 * Creates the reports of a request.
 *
 * @param platform - What the runtime passes to the handler after the request, such as `env` and `ctx`.
 */
export function createErrorReports(
  onError: OnError | undefined,
  request: Request,
  platform: readonly unknown[],
): ErrorReports {
  const context = platform.find(isExecutionContext)
  const pending: Promise<void>[] = []
  return {
    report(error, stage) {
      if (!onError || request.signal.aborted) return // a client that disconnects is not an error
      const delivery = deliver(onError, error, { request, stage })
      if (context) context.waitUntil(delivery)
      else pending.push(delivery)
    },
    async settle(timeoutMs) {
      if (pending.length === 0) return
      const limits = { timeoutMs: Math.max(0, timeoutMs), openParentSignal: () => request.signal }
      await withDeadline('onError', limits, () => Promise.all(pending)).catch(() => {})
    },
  }
}

/** An error in onError must not prevent the response. */
async function deliver(onError: OnError, error: unknown, context: ErrorContext): Promise<void> {
  try {
    await onError(error, context)
  } catch {}
}

function isExecutionContext(value: unknown): value is ExecutionContext {
  return isObject(value) && typeof value.waitUntil === 'function'
}
