/** Opens a connection with the servers of a provider and keeps it attached: the common part of the framework entries. */
import type { AttachOptions, GlobalPeerConnectionClass, IceServerProvider } from '../index.js'

/** `RTCPeerConnection`, where there are DOM types. */
export type PeerConnection = InstanceType<GlobalPeerConnectionClass>

/** `RTCConfiguration` without its servers, where there are DOM types. */
export type PeerConnectionConfiguration = Omit<
  NonNullable<ConstructorParameters<GlobalPeerConnectionClass>[0]>,
  'iceServers'
>

/** Options of `usePeerConnection()`: those of `attach()`, and what the connection is created with. */
export interface PeerConnectionOptions extends Omit<AttachOptions<PeerConnection>, 'configuration'> {
  /** The configuration without the servers, which are those of the provider. Read when the connection is created. */
  configuration?: PeerConnectionConfiguration
}

/** What `usePeerConnection()` returns. */
export interface PeerConnectionResult {
  /** The attached connection. `undefined` on a server, without a provider, and until the first servers have been received. */
  readonly connection: PeerConnection | undefined
  /** The `connectionState` of the connection. `'new'` while there is none. */
  readonly connectionState: PeerConnection['connectionState']
  /** The error that has prevented a connection so far. One is still created as soon as the provider has servers. */
  readonly error: Error | undefined
}

/** A connection that is open, or that is created when the provider has servers. */
export interface OpenConnection {
  /** Replaces the options of `attach()`. */
  setOptions(options: PeerConnectionOptions): void
  /** Closes the connection. Nothing is reported from then on. */
  close(): void
}

/** The result before a connection has been created, and after it has been closed. */
export const NO_CONNECTION: PeerConnectionResult = {
  connection: undefined,
  connectionState: 'new',
  error: undefined,
}

/**
 * Creates a connection as soon as the provider has servers, also after a failure from which the provider recovers later.
 *
 * @param onChange - Called whenever the result changes.
 */
export function openConnection(
  provider: IceServerProvider,
  options: PeerConnectionOptions,
  onChange: (result: PeerConnectionResult) => void,
): OpenConnection {
  const controller = new AbortController()
  const { signal } = controller
  let currentOptions = options
  let connection: PeerConnection | undefined
  let detach: (() => void) | undefined

  const create = (iceServers: RTCIceServer[]) => {
    const configuration = { ...currentOptions.configuration, iceServers }
    const created = new RTCPeerConnection(configuration)
    try {
      detach = provider.attach(created, { ...currentOptions, configuration })
    } catch (error) {
      created.close()
      throw error
    }
    connection = created
    unsubscribe() // the provider keeps refreshing for an attached connection
    const report = () => {
      if (!signal.aborted)
        onChange({ ...NO_CONNECTION, connection, connectionState: created.connectionState })
    }
    created.addEventListener('connectionstatechange', report)
    report()
  }
  let isOpening = false
  const open = async () => {
    if (isOpening) return // `getIceServers()` resolves with the servers of an update, too
    isOpening = true
    try {
      const iceServers = await provider.getIceServers({ signal })
      if (!signal.aborted) create(iceServers)
    } catch (error) {
      if (!signal.aborted) onChange({ ...NO_CONNECTION, error: error as Error })
    }
    isOpening = false
  }
  const unsubscribe = provider.subscribe(() => void open())
  void open()

  return {
    setOptions(newOptions) {
      currentOptions = newOptions
      if (!connection || provider.state === 'closed') return
      const detachPrevious = detach
      detach = provider.attach(connection, currentOptions)
      detachPrevious?.() // after the new one, so that a restart in progress is followed to its end
    },
    close() {
      controller.abort()
      unsubscribe()
      detach?.()
      connection?.close()
    },
  }
}
