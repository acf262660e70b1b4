/** Runs a task with a time limit. */
import { TurnApiError } from './errors.js'

/** The limits of a task. */
export interface DeadlineOptions {
  /** What is waited for, for the error message: a function if that changes. */
  readonly name: string | (() => string)
  readonly timeoutMs: number
  /** Aborted when the client disconnects, or when an outer deadline elapses. */
  readonly parentSignal: AbortSignal
}

/**
 * Runs a task with a time limit. Settles like the task, or rejects when the time elapses or the client disconnects;
 * the task's signal is aborted then. A task whose client has already disconnected is not started.
 *
 * @throws {@link TurnApiError} with the status 503.
 */
export function withDeadline<T>(
  task: (signal: AbortSignal) => Promise<T>,
  { name, timeoutMs, parentSignal }: DeadlineOptions,
): Promise<T> {
  const controller = new AbortController()
  return new Promise<T>((resolve, reject) => {
    const release = () => {
      clearTimeout(timer)
      parentSignal.removeEventListener('abort', onParentAbort)
    }
    const abort = (error: TurnApiError) => {
      release() // The task may never settle.
      reject(error)
      controller.abort(error)
    }
    const onTimeout = () => {
      const pending = typeof name === 'string' ? name : name()
      abort(unavailable(`${pending} did not settle within ${timeoutMs} ms`))
    }
    const onParentAbort = () => {
      const { reason } = parentSignal
      abort(reason instanceof TurnApiError ? reason : unavailable('the client disconnected'))
    }
    const timer = setTimeout(onTimeout, timeoutMs)
    parentSignal.addEventListener('abort', onParentAbort)
    if (parentSignal.aborted) onParentAbort()
    else task(controller.signal).finally(release).then(resolve, reject)
  })
}

function unavailable(message: string): TurnApiError {
  return new TurnApiError(message, { status: 503 })
}
