/** Recognizes a response that was received before, so that a cache cannot extend the lifetime of its credentials. */
import type { RTCIceServer } from './ice-server.js'
import { areSameServers } from './server-keys.js'

/** What identifies a response. */
export interface ReceivedServers {
  readonly iceServers: readonly RTCIceServer[]
  /** When the server created the response, in epoch ms by its clock; `undefined` if it does not say so. */
  readonly createdAt: number | undefined
  /** When the response was requested, minus its `Age`; epoch ms by the client's clock. */
  readonly sentAt: number
}

/** The last valid response of a provider. */
export class ResponseMemory {
  #last: ReceivedServers | undefined

  /** Whether the same credentials have been received before. */
  hasReceived({ iceServers }: ReceivedServers): boolean {
    return this.#last !== undefined && areSameServers(this.#last.iceServers, iceServers)
  }

  /**
   * Returns when the response left the server at the latest: when it was requested for the first time. The same credentials
   * with the same `Date` are a stored response, which has aged even if no `Age` says so (RFC 9111 §4.2.3). The `Date` alone
   * shows nothing: the client's clock can be wrong by the same time.
   */
  firstSentAt(response: ReceivedServers): number {
    const isStored =
      response.createdAt !== undefined &&
      response.createdAt === this.#last?.createdAt &&
      this.hasReceived(response)
    return isStored ? Math.min(this.#last?.sentAt ?? response.sentAt, response.sentAt) : response.sentAt
  }

  /** Remembers a response that is valid. */
  remember(response: ReceivedServers): void {
    this.#last = { ...response, sentAt: this.firstSentAt(response) }
  }
}
