/** Requests a configuration from one of several endpoints. */
import type { RTCIceServer } from '../config/ice-server.js'
import type { IceConfiguration } from '../config/read-response.js'
import { ResponseMemory } from '../config/response-memory.js'
import { type IceServerError, unreachableError } from '../errors.js'
import type { IceServerEndpoint, RefreshReason, ResolvedOptions } from '../options.js'
import { type EndpointFailures, isFailover, nextFailure, orderEndpoints } from './endpoint-order.js'
import { fetchConfiguration } from './fetch-configuration.js'

/** What a set of endpoints reports, and what it needs. */
export interface EndpointSetHandlers {
  /** Returns epoch ms. */
  now(): number
  /** Called when an endpoint has failed and the next one is requested. */
  onFailover(error: IceServerError): void
  /** Resolves with whether a TURN server among these allocates a relay address. */
  canRelay(iceServers: readonly RTCIceServer[]): Promise<boolean>
}

/** The result of one endpoint. Without an error, its servers are usable. */
type Attempt =
  | { readonly configuration: IceConfiguration; readonly error: undefined }
  | { readonly configuration: IceConfiguration | undefined; readonly error: IceServerError }

/** The endpoints of a provider. One that fails is requested after the others for a while. */
export class EndpointSet {
  /** Each with the responses that it sent. */
  readonly #endpoints: readonly (readonly [IceServerEndpoint, ResponseMemory])[]
  readonly #options: ResolvedOptions
  readonly #handlers: EndpointSetHandlers
  /** Index of the endpoint of each configuration. One that has been pushed or shared has none. */
  readonly #sources = new WeakMap<IceConfiguration, number>()
  /** Configurations whose TURN servers cannot be used: they have been reported. */
  readonly #unusable = new WeakSet<IceConfiguration>()
  #failures: EndpointFailures
  #isTesting = false

  constructor(
    endpoints: IceServerEndpoint | readonly IceServerEndpoint[],
    options: ResolvedOptions,
    handlers: EndpointSetHandlers,
  ) {
    this.#endpoints = [endpoints].flat().map((endpoint) => [endpoint, new ResponseMemory()])
    this.#options = options
    this.#handlers = handlers
    this.#failures = this.#endpoints.map(() => undefined)
  }

  /**
   * Requests the endpoints one after the other, each within `timeoutMs`, until one responds with usable servers. If the
   * TURN servers of an endpoint could not be used before, they are tested first.
   *
   * @throws {@link IceServerError} the error of the last one; errors before it have been reported.
   */
  async fetch(controller: AbortController, reason: RefreshReason): Promise<IceConfiguration> {
    let untested: IceConfiguration | undefined
    let error: IceServerError | undefined
    for (const index of orderEndpoints(this.#failures, this.#handlers.now())) {
      if (error) this.#handlers.onFailover(error)
      const attempt = await this.#attempt(index, controller, reason)
      if (!attempt.error) return attempt.configuration
      untested ??= attempt.configuration
      error = attempt.error
    }
    if (untested && error) {
      this.#handlers.onFailover(error)
      return untested // Better than none: the test can fail where a call would not.
    }
    // If no endpoint responds, it is likely the network of this device.
    const now = this.#handlers.now()
    this.#failures = this.#failures.map((failure) =>
      failure && failure.notBefore > now ? failure : undefined,
    )
    throw error
  }

  /**
   * Resolves with whether the TURN servers of the current configuration can be used. They are tested only if another
   * endpoint could replace them, and count as usable while a test is running or its result has been handled.
   */
  async canRelay(configuration: IceConfiguration): Promise<boolean> {
    const isKnown = this.#isTesting || this.#unusable.has(configuration)
    if (this.#endpoints.length === 1 || isKnown) return true
    this.#isTesting = true
    const canRelay = await this.#handlers.canRelay(configuration.iceServers)
    this.#isTesting = false
    return canRelay
  }

  /** Handles that the TURN servers of a configuration cannot be used: another endpoint is requested next. */
  handleUnusableServers(configuration: IceConfiguration, error: IceServerError): void {
    this.#unusable.add(configuration)
    const index = this.#sources.get(configuration)
    if (index !== undefined && this.#endpoints.length > 1) this.#fail(index, error)
  }

  async #attempt(index: number, controller: AbortController, reason: RefreshReason): Promise<Attempt> {
    try {
      const [endpoint, memory] = this.#endpoints[index] as readonly [IceServerEndpoint, ResponseMemory]
      const configuration = await fetchConfiguration(endpoint, this.#options, controller, reason, memory)
      this.#sources.set(configuration, index)
      const { iceServers } = configuration
      const isTested = this.#failures[index]?.hasUnusableServers === true
      if (isTested && !(await this.#handlers.canRelay(iceServers))) {
        return { configuration, error: this.#fail(index, unreachableError(iceServers)) }
      }
      this.#failures = this.#failures.map((failure, other) => (other === index ? undefined : failure))
      return { configuration, error: undefined }
    } catch (error) {
      if (controller.signal.aborted || !isFailover(error as IceServerError)) throw error
      return { configuration: undefined, error: this.#fail(index, error as IceServerError) }
    }
  }

  #fail(index: number, error: IceServerError): IceServerError {
    const now = this.#handlers.now()
    this.#failures = this.#failures.map((failure, other) =>
      other === index ? nextFailure(failure, error, now) : failure,
    )
    return error
  }
}
