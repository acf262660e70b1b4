/** Promises that can be settled from outside, or abandoned by an abort signal. */
import { abortedError, type IceServerError, isIceServerError } from './errors.js'

/** Reasons for engines without `AbortSignal.reason`: React Native, and Safari before 15.4. */
const reasons = new WeakMap<AbortSignal, unknown>()

/** Aborts with a reason that {@link abortReasonOf} returns in every engine. */
export function abortWith(controller: AbortController, reason: unknown): void {
  reasons.set(controller.signal, reason)
  controller.abort(reason)
}

/** Returns why a signal was aborted; `undefined` if the app aborted it in an engine without `AbortSignal.reason`. */
export function abortReasonOf(signal: AbortSignal | undefined): unknown {
  return signal && (reasons.get(signal) ?? signal.reason)
}

/** A promise that is settled from outside. Its rejection is never reported as unhandled. */
export interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: IceServerError) => void
}

export function createDeferred<T>(): Deferred<T> {
  let resolve!: Deferred<T>['resolve']
  let reject!: Deferred<T>['reject']
  const promise = new Promise<T>((resolvePromise, rejectPromise) => {
    resolve = resolvePromise
    reject = rejectPromise
  })
  promise.catch(() => {})
  return { promise, resolve, reject }
}

/**
 * Settles like the promise, or rejects when the signal is aborted. The promise itself is not affected.
 *
 * @throws {@link IceServerError} the signal's reason if it is one, otherwise `ERR_ABORTED` with the reason as the cause.
 */
export function rejectOnAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      const reason = abortReasonOf(signal)
      reject(isIceServerError(reason) ? reason : abortedError(signal))
    }
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort)
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

/** Settles like the promise, or resolves with `undefined` if that takes too long. Rejects like {@link rejectOnAbort}. */
export function withTimeout<T>(
  timeoutMs: number,
  promise: Promise<T>,
  signal?: AbortSignal,
): Promise<T | undefined> {
  const timeout = createDeferred<undefined>()
  const timer = setTimeout(timeout.resolve, timeoutMs)
  return rejectOnAbort(Promise.race([promise, timeout.promise]), signal).finally(() => clearTimeout(timer))
}
