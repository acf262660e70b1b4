/** One request at a time, shared by all callers that wait for its result. */
import { abortWith, createDeferred, type Deferred } from '../abortable.js'
import type { IceServerError } from '../errors.js'

/** At most one request in flight, and one promise for all callers that wait for it or for the next one. */
export class SharedRequest<T> {
  #controller: AbortController | undefined
  #deferred: Deferred<T> | undefined
  #isForced = false

  get hasWaiters(): boolean {
    return this.#deferred !== undefined
  }

  /** Whether a caller insists on a request that is not due. */
  get isForced(): boolean {
    return this.#isForced
  }

  /** Marks the request in flight as forced, or the next one if there is none. */
  force(): void {
    this.#isForced = true
  }

  /** Returns the promise of all waiting callers. It settles with `resolve`, `reject` or `cancel`. */
  join(): Promise<T> {
    this.#deferred ??= createDeferred()
    return this.#deferred.promise
  }

  /** Starts the request. Calls one of the callbacks, or none if the request has been superseded. */
  start(
    run: (controller: AbortController) => Promise<T>,
    onSuccess: (value: T) => void,
    onFailure: (error: IceServerError) => void,
  ): void {
    const controller = new AbortController()
    this.#controller = controller
    const unlessSuperseded = <Value>(callback: (value: Value) => void) => {
      return (value: Value) => {
        if (controller !== this.#controller) return
        this.#controller = undefined
        callback(value)
      }
    }
    run(controller).then(unlessSuperseded(onSuccess), unlessSuperseded(onFailure))
  }

  /** Resolves the promise of all waiting callers. Aborts a request in flight: its result is superseded. */
  resolve(value: T): void {
    this.#reset()?.resolve(value)
  }

  /** Rejects the promise of all waiting callers. Aborts a request in flight. */
  reject(error: IceServerError): void {
    this.#reset()?.reject(error)
  }

  /** Aborts a request in flight with this reason, and rejects the promise of all waiting callers with it. */
  cancel(reason: IceServerError): void {
    this.#reset(reason)?.reject(reason)
  }

  #reset(reason?: IceServerError): Deferred<T> | undefined {
    const deferred = this.#deferred
    if (this.#controller) abortWith(this.#controller, reason)
    this.#controller = this.#deferred = undefined
    this.#isForced = false
    return deferred
  }
}
