import { createDeferred, type Deferred } from '../abortable.js'
import type { IceServerError } from '../errors.js'

/** At most one request at a time, and those who wait for its outcome, or for that of the next one. */
export class SharedRequest<T> {
  #request: AbortController | undefined
  #waiting: Deferred<T> | undefined
  #isForced = false

  get isInFlight(): boolean {
    return this.#request !== undefined
  }

  get hasWaiters(): boolean {
    return this.#waiting !== undefined
  }

  /** Whether the request is, or the next will be, one that somebody asked for without regard to what is due. */
  get isForced(): boolean {
    return this.#isForced
  }

  /** Forces the next request; one that is under way is shared, and its own answer is the one. */
  force(): void {
    this.#isForced = true
  }

  outcome(): Promise<T> {
    this.#waiting ??= createDeferred()
    return this.#waiting.promise
  }

  /** Neither callback is called once the request has ended otherwise. */
  start(
    send: (controller: AbortController) => Promise<T>,
    onSuccess: (value: T) => void,
    onFailure: (error: IceServerError) => void,
  ): void {
    const request = new AbortController()
    this.#request = request
    const ifWanted = <Value>(callback: (value: Value) => void) => {
      return (value: Value) => {
        if (request !== this.#request) return
        this.#request = undefined
        callback(value)
      }
    }
    send(request).then(ifWanted(onSuccess), ifWanted(onFailure))
  }

  /** Ends it, and what is still under way of it. Returns what those who wait are to be told by. */
  end(reason?: unknown): Deferred<T> | undefined {
    const waiting = this.#waiting
    this.#request?.abort(reason)
    this.#request = this.#waiting = undefined
    this.#isForced = false
    return waiting
  }
}
