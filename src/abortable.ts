import { abortedError, type IceServerError, isIceServerError } from './errors.js'

/** A promise to be settled from outside. Nobody has to wait for it: its rejection is never unhandled. */
export interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: IceServerError) => void
}

export function createDeferred<T>(): Deferred<T> {
  let resolve!: Deferred<T>['resolve']
  let reject!: Deferred<T>['reject']
  const promise = new Promise<T>((...settle) => {
    ;[resolve, reject] = settle
  })
  promise.catch(() => {})
  return { promise, resolve, reject }
}

/**
 * Settles as the promise does, or rejects when the signal fires; the promise itself goes on for others.
 *
 * @throws {@link IceServerError} the signal's reason if it is one, else `ERR_ABORTED` with it as the cause.
 */
export function rejectOnAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(isIceServerError(signal.reason) ? signal.reason : abortedError(signal))
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort)
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
