export type { ExpirySource } from './config/expiry.js'
export {
  type IceConfiguration,
  type ReadContext,
  readIceConfiguration,
} from './config/ice-configuration.js'
export { explainRTCIceServer, type RTCIceServer, validateRTCIceServer } from './config/ice-server.js'
export { type IceTransport, type IceUrl, type ParseIceUrlResult, parseIceUrl } from './config/ice-url.js'
export type { DroppedUrl, ServersContext } from './config/servers.js'
export { limitUrls, type UrlFilter, withoutPort53 } from './config/url-filter.js'
export type { IceServerFinding, IceServerVerdict } from './diagnostics/probe.js'
export {
  type IceServerReport,
  type TestIceServersOptions,
  testIceServers,
} from './diagnostics/test-ice-servers.js'
export {
  IceServerError,
  type IceServerErrorCode,
  type IceServerErrorDetails,
  isIceServerError,
} from './errors.js'
export type { IceServerProviderEvents, ProviderState } from './events.js'
export type {
  CallOptions,
  EndpointContext,
  HeadersLike,
  IceServerEndpoint,
  IceServerProviderOptions,
  RefreshReason,
} from './options.js'
export type {
  AttachableConnection,
  AttachOptions,
  RestartContext,
  RestartPolicy,
} from './peer/attachable-connection.js'
export { IceServerProvider } from './provider.js'
