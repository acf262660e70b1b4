import { TurnApiError } from './errors.js'

/** For how long an answer is wanted. */
export interface Deadline {
  /** Fires when it is no longer wanted. */
  readonly signal: AbortSignal
}

/**
 * Does some work within a limited time: settles as the work does, or rejects when the time is over or the client has
 * gone. A signal costs Node more than a signature does, so neither the client's nor the work's own is touched before
 * the work reads it; work that does not is too short to be ended.
 *
 * @param client - The request, or the deadline within which this one lies.
 */
export function withDeadline<T>(
  work: (deadline: Deadline) => Promise<T>,
  timeoutMs: number,
  client: Deadline,
): Promise<T> {
  let controller: AbortController | undefined
  let fault: TurnApiError | undefined

  return new Promise<T>((resolve, reject) => {
    const stop = () => {
      fault = new TurnApiError('no answer in time', { status: 503 })
      controller?.abort(fault)
      reject(fault)
    }
    const deadline = {
      get signal() {
        if (controller) return controller.signal
        controller = new AbortController()
        client.signal.addEventListener('abort', stop)
        if (fault || client.signal.aborted) stop()
        return controller.signal
      },
    }
    const handle = setTimeout(stop, timeoutMs)
    work(deadline)
      .finally(() => {
        clearTimeout(handle)
        if (controller) client.signal.removeEventListener('abort', stop)
      })
      .then(resolve, reject)
  })
}
