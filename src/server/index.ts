/**
 * The server half: the endpoint that issues ICE servers, and the sources of TURN credentials. Begin with
 * {@link createIceServersHandler}.
 *
 * @module turnkeeper/server
 */
export type { AfterExpiry } from '../config/after-expiry.js'
export type { RTCIceServer } from '../config/ice-server.js'
export type { ApiOptions, ApiRequestInit, ApiResponse } from './api-request.js'
export type { Authorize, AuthorizeResult } from './authorize.js'
export {
  type CloudflareTURNConfig,
  type CloudflareTurn,
  type CloudflareTurnOptions,
  createCloudflareTurn,
  type GenerateOptions,
  type TURNCredentialsRequest,
  type TURNCredentialsResponse,
} from './cloudflare-turn.js'
export type { AllowedOrigins } from './cors.js'
export { TurnApiError, type TurnApiErrorDetail, type TurnApiErrorDetails } from './errors.js'
export { fetchTURNServers } from './fetch-turn-servers.js'
export {
  createIceServersHandler,
  type IceServersHandler,
  type IceServersHandlerOptions,
} from './handler.js'
export type { IceServersResponse } from './ice-servers-response.js'
export type { IceServersSource, IssuedCredentials, OnIssue, SourceContext } from './issue-servers.js'
export {
  type FetchHandler,
  type NodeListener,
  type NodeRequest,
  type NodeResponse,
  toNodeListener,
} from './node-listener.js'
export type { RateLimit, RateLimitCount, RateLimitStore } from './rate-limit.js'
export type { ErrorContext, ErrorStage, OnError } from './report-errors.js'
export {
  createTurnKeys,
  type TURNKeyInfo,
  type TURNKeyResponse,
  type TurnKeys,
  type TurnKeysOptions,
} from './turn-keys.js'
export {
  createTurnRestCredentials,
  type TurnRestCredentials,
  type TurnRestOptions,
} from './turn-rest.js'
