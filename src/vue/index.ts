/** Composables for Vue 3.3 and later. */
export type {
  PeerConnectionConfiguration,
  PeerConnectionOptions,
  PeerConnectionResult,
} from '../bindings/open-connection.js'
export type { MaybeProvider } from './provider.js'
export { useIceServerProvider } from './use-ice-server-provider.js'
export { useIceServers } from './use-ice-servers.js'
export { type PeerConnectionRefs, usePeerConnection } from './use-peer-connection.js'
export { useProviderState } from './use-provider-state.js'
