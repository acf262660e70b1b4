/** Reactive values for Svelte 5.7 and later, which components and modules with runes read. */
export type {
  PeerConnectionConfiguration,
  PeerConnectionOptions,
  PeerConnectionResult,
} from '../bindings/open-connection.js'
export type { MaybeProvider, ReactiveValue } from './reactive-value.js'
export { type ProviderArguments, useIceServerProvider } from './use-ice-server-provider.js'
export { useIceServers } from './use-ice-servers.js'
export { usePeerConnection } from './use-peer-connection.js'
export { useProviderState } from './use-provider-state.js'
