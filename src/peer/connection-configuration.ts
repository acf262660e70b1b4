/** Reads and writes the configuration of one connection, also of stacks without `getConfiguration()`. */
import type { AttachableConnection, ConnectionConfiguration } from '../attachable-connection.js'
import { copyServers, keysOfUrl } from '../config/server-keys.js'
import { IceServerError } from '../errors.js'
import { readSafely } from '../read-safely.js'

type WritableConfiguration = Parameters<AttachableConnection['setConfiguration']>[0]

/** The configuration of one connection. */
export class ConfigurationAccess {
  readonly #connection: AttachableConnection
  /** For stacks without `getConfiguration()`: the one that the app has passed, then the one that was written last. */
  #known: ConnectionConfiguration | undefined

  constructor(connection: AttachableConnection) {
    this.#connection = connection
  }

  /** Remembers the configuration that the app has created the connection with. The first one counts. */
  remember(configuration: ConnectionConfiguration | undefined): void {
    if (configuration) this.#known ??= copyOf(configuration)
  }

  /** @throws {@link IceServerError} `ERR_CONNECTION` if it is not known; what `getConfiguration()` throws. */
  read(): ConnectionConfiguration {
    if (this.#connection.getConfiguration) return this.#connection.getConfiguration()
    if (this.#known) return copyOf(this.#known)
    const message =
      'the connection has no getConfiguration(): pass the configuration that it was created with to attach(), as the option configuration'
    throw new IceServerError('ERR_CONNECTION', message)
  }

  /** @throws what `setConfiguration()` throws. */
  write(configuration: WritableConfiguration): void {
    const written = copyOf(configuration) // A native bridge may change or freeze the object that it is passed.
    this.#connection.setConfiguration(configuration)
    this.#known = written
  }

  /** Number of candidates that are gathered in advance. */
  get poolSize(): number {
    return readSafely(() => this.read().iceCandidatePoolSize, undefined) ?? 0
  }

  /** Whether one of the servers has this URL and a key that meets the condition, see `keysOfUrl`. */
  hasServer(url: string, meetsCondition: (key: string) => boolean): boolean {
    return keysOfUrl(readSafely(() => this.read().iceServers, undefined) ?? [], url).some(meetsCondition)
  }
}

function copyOf<T extends ConnectionConfiguration>(configuration: T): T {
  return { ...configuration, iceServers: copyServers(configuration.iceServers ?? []) }
}
