import { TurnApiError } from './errors.js'

/**
 * Does some work within a limited time: settles as the work does, or rejects when the time is over or the client has
 * gone; its signal fires then.
 *
 * @param client - Of the request, or of the deadline within which this one lies.
 */
export function withDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  timeoutMs: number,
  client: AbortSignal,
): Promise<T> {
  const controller = new AbortController()
  return new Promise<T>((resolve, reject) => {
    const stop = () => {
      const error = new TurnApiError('no answer in time', { status: 503 })
      reject(error)
      controller.abort(error)
    }
    const handle = setTimeout(stop, timeoutMs)
    client.addEventListener('abort', stop)
    if (client.aborted) stop()
    work(controller.signal)
      .finally(() => {
        clearTimeout(handle)
        client.removeEventListener('abort', stop)
      })
      .then(resolve, reject)
  })
}
