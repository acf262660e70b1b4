/** Limits how long a task may wait. */
import { isObject } from '../type-guards.js'
import { TurnApiError } from './errors.js'

/** What can be aborted: a request, or a task with a time limit. */
export interface Abortable {
  readonly signal: AbortSignal
}

/** The limits of a task. */
export interface DeadlineOptions {
  readonly timeoutMs: number
  /** Its signal is aborted when the client disconnects, or when an outer deadline elapses. */
  readonly parent: Abortable
}

/**
 * Limits how long a task may wait. Its signal is aborted when the time elapses or the client disconnects.
 *
 * Creating and following a signal takes longer than signing credentials. Therefore both happen when the task reads the signal, or
 * still waits at the next turn of the event loop: only then can a client have disconnected since the task began.
 */
export class Deadline implements Abortable {
  readonly #timeoutMs: number
  readonly #parent: Abortable
  #controller: AbortController | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #pending: { readonly name: string; readonly reject: (error: TurnApiError) => void } | undefined
  #unfollow: (() => void) | undefined
  #isEnded = false

  /** Must be ended. */
  constructor({ timeoutMs, parent }: DeadlineOptions) {
    this.#timeoutMs = timeoutMs
    this.#parent = parent
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (!this.#isEnded) this.#followParent()
    }
    return this.#controller.signal
  }

  /**
   * Returns a value at once, and waits for a promise: one at a time.
   *
   * @param name - What is waited for, for the error message.
   * @throws {@link TurnApiError} with the status 503 when the time elapses or the client disconnects.
   */
  wait<T>(name: string, value: T | PromiseLike<T>): T | Promise<T> {
    if (!isPromiseLike(value)) return value
    return new Promise((resolve, reject) => {
      this.#pending = { name, reject }
      if (this.#controller?.signal.aborted) reject(this.#controller.signal.reason)
      else this.#timer ??= setTimeout(() => this.#onNextTurn())
      value.then(resolve, reject)
    })
  }

  /** Ends the time limit: the task has settled. */
  end(): void {
    this.#isEnded = true
    clearTimeout(this.#timer)
    this.#unfollow?.()
  }

  #onNextTurn(): void {
    this.#timer = setTimeout(() => {
      this.#abort(unavailable(`${this.#pending?.name} did not settle within ${this.#timeoutMs} ms`))
    }, this.#timeoutMs)
    void this.signal
  }

  #followParent(): void {
    const { signal } = this.#parent
    const onAbort = () => {
      const reason: unknown = signal.reason
      this.#abort(reason instanceof TurnApiError ? reason : unavailable('the client disconnected'))
    }
    this.#unfollow = () => signal.removeEventListener('abort', onAbort)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
  }

  #abort(error: TurnApiError): void {
    this.end() // The task may never settle.
    this.#pending?.reject(error)
    this.#controller?.abort(error)
  }
}

/** Runs a task with a time limit, and ends it when the task has settled. */
export async function withDeadline<T>(
  limits: DeadlineOptions,
  task: (deadline: Deadline) => T | PromiseLike<T>,
): Promise<T> {
  const deadline = new Deadline(limits)
  try {
    return await task(deadline)
  } finally {
    deadline.end()
  }
}

function isPromiseLike<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return isObject(value) && typeof value.then === 'function'
}

function unavailable(message: string): TurnApiError {
  return new TurnApiError(message, { status: 503 })
}
