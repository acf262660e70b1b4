/** Hooks for React 18 and later. */
export type {
  PeerConnectionConfiguration,
  PeerConnectionOptions,
  PeerConnectionResult,
} from '../bindings/open-connection.js'
export { useIceServerProvider } from './use-ice-server-provider.js'
export { useIceServers } from './use-ice-servers.js'
export { usePeerConnection } from './use-peer-connection.js'
export { useProviderState } from './use-provider-state.js'
