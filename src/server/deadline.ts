/** Limits how long a task may wait. */
import { isPromiseLike } from '../type-guards.js'
import { TurnApiError } from './errors.js'

/** The limits of a task. */
export interface DeadlineLimits {
  readonly timeoutMs: number
  /** Returns a signal that is aborted when the client disconnects. Called only if the signal is needed. */
  readonly openParentSignal: () => AbortSignal
}

/**
 * The time limit of a task. The time counts from the first promise that is waited for. Every promise of the task must be passed to
 * `wait()`: nothing else has a time limit.
 *
 * A task that settles before the next turn of the event loop costs one timer, which is cleared. The signal is created after that turn,
 * or when the task opens it, because creating and following one takes longer than signing credentials.
 */
export class Deadline {
  readonly #limits: DeadlineLimits
  #controller: AbortController | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Of all promises that were passed to `wait()`. They have no effect on one that has settled. */
  readonly #rejectors: ((error: TurnApiError) => void)[] = []
  #lastName = ''
  #unfollow: (() => void) | undefined
  #isEnded = false

  /** Call `end()` when the task has settled: it removes the timer and the listener. */
  constructor(limits: DeadlineLimits) {
    this.#limits = limits
  }

  /** Returns the signal of the task, which is aborted when the time elapses or the client disconnects. */
  openSignal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (!this.#isEnded) this.#followParent()
    }
    return this.#controller.signal
  }

  /**
   * Returns a value unchanged. For a promise, returns one that settles like it, or rejects when the time elapses or the client
   * disconnects.
   *
   * @param name - What is waited for. The error message contains the name that was passed last.
   * @throws {@link TurnApiError} with the status 503; otherwise what the promise rejects with.
   */
  wait<T>(name: string, value: T | PromiseLike<T>): T | Promise<T> {
    if (!isPromiseLike(value)) return value
    return new Promise((resolve, reject) => {
      this.#lastName = name
      this.#rejectors.push(reject)
      if (this.#controller?.signal.aborted) reject(this.#controller.signal.reason)
      else if (!this.#isEnded) this.#timer ??= setTimeout(() => this.#onNextTurn())
      value.then(resolve, reject)
    })
  }

  /** Runs a part of the task with an additional time limit. */
  waitForPart<T>(
    name: string,
    timeoutMs: number,
    runPart: (deadline: Deadline) => T | PromiseLike<T>,
  ): T | Promise<T> {
    const limits = { timeoutMs, openParentSignal: () => this.openSignal() }
    return this.wait(name, withDeadline(name, limits, runPart))
  }

  /** Ends the time limit. */
  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    clearTimeout(this.#timer)
    this.#unfollow?.()
  }

  #onNextTurn(): void {
    const { timeoutMs } = this.#limits
    this.#timer = setTimeout(() => {
      this.#abort(unavailable(`${this.#lastName} did not settle within ${timeoutMs} ms`))
    }, timeoutMs)
    this.openSignal()
  }

  #followParent(): void {
    const signal = this.#limits.openParentSignal()
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
    for (const reject of this.#rejectors) reject(error)
    this.#controller?.abort(error)
  }
}

/** Runs a task with a time limit. Resolves with its result. @param name - See {@link Deadline.wait}. */
export async function withDeadline<T>(
  name: string,
  limits: DeadlineLimits,
  runTask: (deadline: Deadline) => T | PromiseLike<T>,
): Promise<T> {
  const deadline = new Deadline(limits)
  try {
    return await deadline.wait(name, runTask(deadline))
  } finally {
    deadline.end()
  }
}

function unavailable(message: string): TurnApiError {
  return new TurnApiError(message, { status: 503 })
}
