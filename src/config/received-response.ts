/** The one shape of a response, whether the library fetched it or the app passed it in. */

/** A response before its servers are read. */
export interface ReceivedResponse {
  /** Parsed JSON, or whatever the app returned. */
  readonly body: unknown
  /** Headers of the response, if there are any. */
  readonly headers?: Pick<Headers, 'get'> | undefined
  /** When the request was sent, epoch ms by the client's clock. */
  readonly sentAt: number
}
