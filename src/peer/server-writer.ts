/** Writes the servers of one connection at once, or defers them in Firefox. */
import type { AttachableConnection } from '../attachable-connection.js'
import type { RTCIceServer } from '../config/ice-server.js'
import { areSameServers, replaceServers, withOneTurnUrl } from '../config/server-keys.js'
import { IceServerError, isIceServerError } from '../errors.js'
import type { ConfigurationAccess } from './connection-configuration.js'
import { isFirefoxConnection, readDescription } from './connection-snapshot.js'
import { overrideMethod } from './override-method.js'

/** Servers to write. */
export interface ServersToWrite {
  readonly iceServers: readonly RTCIceServer[]
  /** Keys of all servers that the provider has issued, see `urlKeysOf`. */
  readonly issuedKeys: ReadonlySet<string>
  /** When the credentials of the previous servers expire, in epoch ms; `undefined` if that is unknown. */
  readonly deadline: number | undefined
  /** Whether a TURN server of the previous ones is missing: it may be about to stop. */
  readonly isEvacuation: boolean
}

/**
 * Writes servers in place of those that the provider has issued before. In Firefox they are deferred until the remote peer
 * has restarted ICE once, the connection is lost, or the app restarts ICE itself.
 */
export class ServerWriter {
  readonly #connection: AttachableConnection
  readonly #configuration: ConfigurationAccess
  readonly #onError: (error: IceServerError) => void
  #deferred: ServersToWrite | undefined
  #latest: ServersToWrite | undefined
  #isTaken = false
  #restoreRestartIce: (() => void) | undefined
  /** Username fragment of the remote peer when it was read for the last time. */
  #remoteUfrag: string | undefined
  #hasPeerRestarted = false

  /** @param onError - Called when `getConfiguration()` or `setConfiguration()` throws. */
  constructor(
    connection: AttachableConnection,
    configuration: ConfigurationAccess,
    onError: (error: IceServerError) => void,
  ) {
    this.#connection = connection
    this.#configuration = configuration
    this.#onError = onError
  }

  /**
   * Writes or defers servers. Unchanged servers are not written, because a change makes the next offer an ICE restart.
   *
   * @param mayDefer - Whether there is time for an ICE restart with the previous servers, which shows what the remote peer does.
   * @returns whether the servers differ from those that the connection has.
   */
  write(servers: ServersToWrite, mayDefer: boolean): boolean {
    this.#latest = servers
    return this.#attempt(() => this.#writeOrDefer(servers, mayDefer)) ?? false
  }

  /**
   * Writes the deferred servers, if there are any and the remote peer is known to restart ICE.
   *
   * @param isForced - Whatever is known of the remote peer: the call is lost, say.
   */
  writeDeferred(isForced: boolean): void {
    const servers = this.#deferred
    if (!servers || (!isForced && !this.#hasPeerRestarted)) return
    this.#attempt(() => {
      const configuration = configurationWith(this.#configuration, servers)
      if (configuration) this.#write(configuration)
      else this.discard()
    })
  }

  /**
   * Handles a change of the signaling state. A new username fragment of the remote peer shows that it restarts ICE. Deferred
   * servers are written at once if the connection has yet to answer, so that it gathers with them.
   */
  handleSignaling(): void {
    this.#readRemoteUfrag()
    if (!readDescription(this.#connection).isStable) this.writeDeferred(false)
  }

  /** Whether the remote peer has restarted ICE, and the servers are still deferred. */
  get isDue(): boolean {
    return this.#deferred !== undefined && this.#hasPeerRestarted && !this.#isTaken
  }

  /** Whether the credentials in use have expired while the servers are deferred, and the remote peer has not restarted ICE. */
  hasOutlivedCredentials(now: number): boolean {
    const { deadline = Number.POSITIVE_INFINITY } = this.#deferred ?? {}
    return !this.#hasPeerRestarted && now >= deadline
  }

  /** Returns the servers that are due, once. The connection has restarted ICE with the previous ones. */
  takeDue(): ServersToWrite | undefined {
    if (!this.isDue) return undefined
    this.#isTaken = true
    return this.#deferred
  }

  /** Leaves one TURN URL of the provider, until other servers are written. */
  keepTurnUrl(url: string | undefined): void {
    const servers = this.#latest
    if (!servers || url === undefined || this.#deferred) return
    this.#attempt(() => {
      const iceServers = withOneTurnUrl(servers.iceServers, url)
      const configuration = configurationWith(this.#configuration, { ...servers, iceServers })
      if (configuration) this.#write(configuration)
    })
  }

  /** Discards the deferred servers. */
  discard(): void {
    this.#deferred = undefined
    this.#restoreRestartIce?.()
    this.#restoreRestartIce = undefined
  }

  #writeOrDefer(servers: ServersToWrite, mayDefer: boolean): boolean {
    const configuration = configurationWith(this.#configuration, servers)
    if (!configuration) {
      this.discard()
      return false
    }
    this.#readRemoteUfrag()
    const isNegotiated = readDescription(this.#connection).negotiatedUfrag !== undefined
    const isPeerUnknown = isNegotiated && !this.#hasPeerRestarted
    // After a change of the servers every offer of Firefox restarts ICE, until a remote peer has answered one with a restart of
    // its own (153; Chromium forgets the change with a rollback). With a remote peer that cannot restart, the next
    // negotiation would drop the call.
    if (mayDefer && isPeerUnknown && isFirefoxConnection(this.#connection)) this.#defer(servers)
    else this.#write(configuration)
    return true
  }

  #defer(servers: ServersToWrite): void {
    this.#deferred = { ...servers, deadline: earliest(servers.deadline, this.#deferred?.deadline) }
    // A restart of the app itself is to use the current servers.
    this.#restoreRestartIce ??= overrideRestartIce(this.#connection, () => this.writeDeferred(true))
  }

  #write(configuration: Configuration): void {
    this.discard()
    this.#configuration.write(configuration)
  }

  #attempt<T>(write: () => T): T | undefined {
    try {
      return write()
    } catch (cause) {
      const message =
        'setConfiguration() failed, so the connection keeps its previous ICE servers; see the cause'
      const error = isIceServerError(cause) ? cause : new IceServerError('ERR_CONNECTION', message, { cause })
      this.#onError(error)
      return undefined
    }
  }

  #readRemoteUfrag(): void {
    const { remoteUfrag } = readDescription(this.#connection)
    if (remoteUfrag === undefined) return
    this.#hasPeerRestarted ||= this.#remoteUfrag !== undefined && this.#remoteUfrag !== remoteUfrag
    this.#remoteUfrag = remoteUfrag
  }
}

function earliest(...deadlines: readonly (number | undefined)[]): number | undefined {
  const known = deadlines.filter((deadline) => deadline !== undefined)
  return known.length > 0 ? Math.min(...known) : undefined
}

type Configuration = Parameters<AttachableConnection['setConfiguration']>[0]

/**
 * Returns the configuration with the servers in place of those that the provider has issued before, or `undefined` if it
 * has the same ones. Servers of the application stay, and so does every other member: `setConfiguration()` resets omitted
 * members (W3C webrtc-pc, "set a configuration"), and without `iceTransportPolicy` a relay-only connection would expose its
 * addresses.
 */
function configurationWith(
  access: ConfigurationAccess,
  { iceServers, issuedKeys }: ServersToWrite,
): Configuration | undefined {
  const configuration = access.read()
  const previous = configuration.iceServers ?? []
  const next = replaceServers(previous, issuedKeys, iceServers)
  return areSameServers(previous, next) ? undefined : { ...configuration, iceServers: next }
}

function overrideRestartIce(
  connection: AttachableConnection,
  onRestart: () => void,
): (() => void) | undefined {
  if (!connection.restartIce) return undefined
  return overrideMethod(connection as Required<AttachableConnection>, 'restartIce', (restartIce) => () => {
    onRestart()
    restartIce()
  })
}
