/**
 * The browser half: fetches ICE servers from your backend, refreshes them before they expire, and keeps running calls on valid
 * credentials. Begin with {@link IceServerProvider} and its method `attach()`.
 *
 * @module turnkeeper
 */
export type {
  AttachableConnection,
  AttachOptions,
  ConnectionConfiguration,
  RestartPolicy,
  RestartRequest,
} from './attachable-connection.js'
export type { AfterExpiry } from './config/after-expiry.js'
export type { ExpirySource } from './config/expiry.js'
export { explainRTCIceServer, type RTCIceServer, validateRTCIceServer } from './config/ice-server.js'
export { type IceTransport, type IceUrl, type ParseIceUrlResult, parseIceUrl } from './config/ice-url.js'
export { readIceServerLinks } from './config/link-header.js'
export {
  type IceConfiguration,
  type ReadIceConfigurationOptions,
  type ResponseWarning,
  readIceConfiguration,
} from './config/read-response.js'
export type { DroppedUrl, ServerSelectionOptions } from './config/select-servers.js'
export { classifyStunError, describeStunError, type StunErrorClass } from './config/stun-error-codes.js'
export { limitUrls, type UrlFilter, withoutPort53 } from './config/url-filter.js'
export type {
  CandidateError,
  ConnectionExplanation,
  ConnectionFacts,
  ConnectionPath,
  ConnectionVerdict,
  MissingFact,
} from './connection-explanation.js'
export { explain } from './diagnostics/explain.js'
export type { IceServerProbeResult, IceServerVerdict } from './diagnostics/probe-url.js'
export { RelayMeter, type RelayMeterOptions, type RelayMeterProvider } from './diagnostics/relay-meter.js'
export type { RelayUsage } from './diagnostics/relay-usage.js'
export {
  type IceServerReport,
  type TestIceServersOptions,
  testIceServers,
} from './diagnostics/test-ice-servers.js'
export {
  createPeerConnectionClass,
  type GlobalPeerConnectionClass,
  type PeerConnectionClass,
  type PeerConnectionClassOptions,
} from './drop-in/create-peer-connection-class.js'
export {
  IceServerError,
  type IceServerErrorCode,
  type IceServerErrorDetails,
  isIceServerError,
} from './errors.js'
export type { IceServerProviderEvents, ProviderState, RefreshAttempt } from './events.js'
export type {
  CallOptions,
  EndpointContext,
  HeadersLike,
  IceServerEndpoint,
  IceServerProviderOptions,
  RefreshReason,
  SetResponseOptions,
} from './options.js'
export { IceServerProvider } from './provider.js'
export type { ConnectionReport, ProviderSnapshot } from './provider-snapshot.js'
export type { RestartFailure } from './restart-failure.js'
export type { RestartCause, RestartReport } from './restart-report.js'
