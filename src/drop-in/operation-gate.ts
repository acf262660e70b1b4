/** Delays the first gathering of a connection until it has servers. */

/**
 * The operations of one connection, in the order in which they are called. The first local description waits, because it starts
 * gathering. What is called after it waits for it, like operations that are chained in a browser (W3C webrtc-pc §4.4.1.2).
 */
export class OperationGate {
  readonly #prepare: () => Promise<void>
  #isOpen = false
  /** The last operation that waits, or waited. */
  #last: Promise<unknown> | undefined

  /** @param prepare - What the first local description waits for. Must not reject. */
  constructor(prepare: () => Promise<void>) {
    this.#prepare = prepare
  }

  /** Lets operations through without a delay, unless some wait already. */
  open(): void {
    this.#isOpen = true
  }

  /** Runs an operation that starts gathering. */
  gather<T>(operation: () => Promise<T>): Promise<T> {
    if (!this.#isOpen && !this.#last) this.#last = this.#prepare()
    return this.run(operation)
  }

  /** Runs an operation that does not start gathering. */
  run<T>(operation: () => Promise<T>): Promise<T> {
    if (!this.#last) return operation()
    const result = this.#last.then(operation, operation)
    this.#last = result
    const clear = () => {
      if (this.#last !== result) return
      this.#isOpen = true
      this.#last = undefined
    }
    result.then(clear, clear)
    return result
  }
}
