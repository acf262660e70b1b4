/** Applies responses that the app received itself: the initial one, and those that its signaling pushes. */
import type { Clock } from './clock.js'
import type { IceConfiguration } from './config/read-response.js'
import { ResponseMemory } from './config/response-memory.js'
import type { ConfigurationRefresher } from './configuration-refresher.js'
import { closedError, type IceServerError, isIceServerError } from './errors.js'
import { readInitialResponse, readReceived } from './fetch/read-received.js'
import { isResponse } from './fetch/request-errors.js'
import { assertKnownOptions } from './option-checks.js'
import type { ResolvedOptions, SetResponseOptions } from './options.js'
import { findHeaderProblem } from './request-checks.js'

const OWNER = 'setResponse()'

/** Reads responses that nobody requested, and passes them on. */
export class ResponseReceiver {
  readonly #options: ResolvedOptions
  readonly #clock: Clock
  readonly #refresher: ConfigurationRefresher
  readonly #onError: (error: IceServerError) => void
  readonly #memory = new ResponseMemory()
  #receivedCount = 0
  /** The number of the newest response that has been applied: a slow `parse` must not bring back an older one. */
  #appliedNumber = 0

  constructor(
    options: ResolvedOptions,
    clock: Clock,
    refresher: ConfigurationRefresher,
    onError: (error: IceServerError) => void,
  ) {
    this.#options = options
    this.#clock = clock
    this.#refresher = refresher
    this.#onError = onError
  }

  /** Applies the `initialResponse`, if there is one. Reports its error later, once the app can listen. */
  receiveInitial(): void {
    if (this.#options.initialResponse === undefined) return
    try {
      this.#refresher.receive(readInitialResponse(this.#options, this.#memory), this.#clock.setBackMs())
    } catch (error) {
      queueMicrotask(() => this.#onError(error as IceServerError))
    }
  }

  /**
   * Reads and applies a response. Resolves with the current configuration. An `IceServerError` is reported, so its rejection
   * is never unhandled.
   *
   * @throws {@link IceServerError} `ERR_CLOSED`, or why the response is not usable; TypeError if an argument is not valid.
   */
  receive(response: unknown, options: SetResponseOptions): Promise<IceConfiguration> {
    const configuration = this.#receive(response, options)
    configuration.catch((error) => {
      if (!isIceServerError(error)) throw error
    })
    return configuration
  }

  async #receive(response: unknown, options: SetResponseOptions): Promise<IceConfiguration> {
    this.#assertOpen()
    assertKnownOptions(OWNER, options, ['headers'])
    if (response instanceof Promise || isResponse(response)) {
      const received = response instanceof Promise ? 'a Promise (forgot await?)' : 'a Response'
      throw new TypeError(`${OWNER}: response must be the parsed body, got ${received}`)
    }
    const problem = findHeaderProblem(options.headers)
    if (problem) throw new TypeError(`${OWNER}: ${problem.message}`)
    const headers = options.headers && new Headers(options.headers)
    const setBackMs = this.#clock.setBackMs()
    const number = ++this.#receivedCount
    const configuration = await this.#read(response, headers)
    this.#assertOpen()
    if (number < this.#appliedNumber) return this.#refresher.current ?? configuration
    this.#appliedNumber = number
    this.#refresher.receive(configuration, setBackMs)
    return this.#refresher.current ?? configuration
  }

  async #read(body: unknown, headers: Headers | undefined): Promise<IceConfiguration> {
    try {
      return await readReceived({ body, headers, sentAt: this.#options.now() }, this.#options, this.#memory)
    } catch (error) {
      this.#assertOpen()
      this.#onError(error as IceServerError)
      throw error
    }
  }

  #assertOpen(): void {
    if (this.#refresher.state === 'closed') throw closedError()
  }
}
