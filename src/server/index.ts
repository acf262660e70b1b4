export type { RTCIceServer } from '../config/ice-server.js'
export type { IceServersAnswer } from './answer.js'
export type { ApiOptions } from './api-request.js'
export {
  type CloudflareTURNConfig,
  type CloudflareTurn,
  type CloudflareTurnOptions,
  createCloudflareTurn,
  fetchTURNServers,
  type GenerateOptions,
  type TURNCredentialsRequest,
  type TURNCredentialsResponse,
} from './cloudflare-turn.js'
export {
  createTurnKeys,
  type TURNKeyInfo,
  type TURNKeyResponse,
  type TurnKeys,
  type TurnKeysOptions,
} from './cloudflare-turn-keys.js'
export { TurnApiError, type TurnApiErrorDetails, type TurnApiFault } from './errors.js'
export {
  createIceServersHandler,
  type IceServersHandlerOptions,
  type IceServersSource,
  type SourceContext,
} from './handler.js'
export type { RateLimit, RateLimitCount, RateLimitStore } from './rate-limit.js'
export {
  createTurnRestCredentials,
  type TurnRestCredentials,
  type TurnRestOptions,
} from './turn-rest.js'
