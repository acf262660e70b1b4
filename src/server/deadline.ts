/** Runs a task with a time limit. */
import { TurnApiError } from './errors.js'

/** What can be aborted: a request, or a task with a time limit. */
export interface Abortable {
  readonly signal: AbortSignal
}

/** The limits of a task. */
export interface DeadlineOptions {
  /** What is waited for, for the error message: a function if that changes. */
  readonly name: string | (() => string)
  readonly timeoutMs: number
  /** Its signal is aborted when the client disconnects, or when an outer deadline elapses. */
  readonly parent: Abortable
}

/**
 * Runs a task with a time limit. Settles like the task, or rejects when the time elapses or the client disconnects; the signal
 * of the task's argument is aborted then.
 *
 * Creating and following a signal takes longer than signing credentials. Therefore both happen when the task reads its signal, or
 * has not settled at the next turn of the event loop: only then can a client have disconnected since the task began.
 *
 * @throws {@link TurnApiError} with the status 503.
 */
export function withDeadline<T>(
  task: (limited: Abortable) => Promise<T>,
  { name, timeoutMs, parent }: DeadlineOptions,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let controller: AbortController | undefined
    let parentSignal: AbortSignal | undefined
    let isReleased = false
    const release = () => {
      isReleased = true
      clearTimeout(timer)
      parentSignal?.removeEventListener('abort', onParentAbort)
    }
    const abort = (error: TurnApiError) => {
      release() // The task may never settle.
      reject(error)
      controller?.abort(error)
    }
    const onTimeout = () => {
      const pending = typeof name === 'string' ? name : name()
      abort(unavailable(`${pending} did not settle within ${timeoutMs} ms`))
    }
    const onParentAbort = () => {
      const reason: unknown = parentSignal?.reason
      abort(reason instanceof TurnApiError ? reason : unavailable('the client disconnected'))
    }
    const followParent = () => {
      parentSignal = parent.signal
      parentSignal.addEventListener('abort', onParentAbort)
      if (parentSignal.aborted) onParentAbort()
    }
    const limited: Abortable = {
      get signal() {
        if (!controller) {
          controller = new AbortController()
          if (!isReleased) followParent()
        }
        return controller.signal
      },
    }
    let timer = setTimeout(() => {
      timer = setTimeout(onTimeout, timeoutMs)
      void limited.signal
    })
    task(limited).finally(release).then(resolve, reject)
  })
}

function unavailable(message: string): TurnApiError {
  return new TurnApiError(message, { status: 503 })
}
