/** Shares configurations between the tabs of an origin. */
import { deepFreeze, type IceConfiguration } from '../config/read-response.js'
import { type ServerSelectionOptions, selectServers } from '../config/select-servers.js'
import { isRecord } from '../type-guards.js'
import { unref } from '../unref.js'

/** Handlers of the messages from other tabs. */
export interface TabChannelHandlers {
  /** Called when another tab has no configuration. The returned one is sent to all tabs. */
  onRequest(): IceConfiguration | undefined
  /** Called with a valid configuration from another tab. */
  onConfiguration(configuration: IceConfiguration): void
}

/** Connection to the other tabs of the origin. */
export interface TabChannel {
  /** Requests a configuration from the other tabs. */
  requestConfiguration(): void
  /** Sends a configuration to the other tabs. */
  share(configuration: IceConfiguration): void
  close(): void
}

/** What shared configurations are checked against. */
type TabChannelOptions = ServerSelectionOptions & { readonly now: () => number }

/** Version of the messages. It is part of the channel's name, so tabs with another version do not receive them. */
const PROTOCOL_VERSION = 1
const REQUEST = 'request'

/**
 * Opens the channel to the tabs that use the same key. Nobody waits for a message, so a frozen or closed tab cannot
 * delay another one. Received configurations are validated like the response of a backend; invalid ones are ignored.
 *
 * @returns `undefined` without a key, and where `BroadcastChannel` is not available.
 */
export function openTabChannel(
  key: string | false | undefined,
  options: TabChannelOptions,
  handlers: TabChannelHandlers,
): TabChannel | undefined {
  const channel = key ? createBroadcastChannel(`turnkeeper/${PROTOCOL_VERSION}/${key}`) : undefined
  if (!channel) return undefined

  channel.onmessage = ({ data }) => {
    if (data === REQUEST) {
      const configuration = handlers.onRequest()
      if (configuration) channel.postMessage(configuration)
    } else {
      const configuration = parseSharedConfiguration(data, options)
      if (configuration) handlers.onConfiguration(configuration)
    }
  }
  return {
    requestConfiguration: () => channel.postMessage(REQUEST),
    share: (configuration) => channel.postMessage(configuration),
    close: () => channel.close(),
  }
}

/** Returns `undefined` in browsers without `BroadcastChannel`, and in framed pages that may not open one. */
function createBroadcastChannel(name: string): BroadcastChannel | undefined {
  try {
    const channel = new BroadcastChannel(name)
    unref(channel)
    return channel
  } catch {
    return undefined
  }
}

/** Times of another tab are valid here, because tabs share the system clock. A request in the future is invalid. */
function parseSharedConfiguration(
  message: unknown,
  options: TabChannelOptions,
): IceConfiguration | undefined {
  if (!isRecord(message)) return undefined
  const { fetchedAt, expiresAt, expirySource } = message
  const now = options.now()
  if (!isFiniteNumber(fetchedAt) || !isFiniteNumber(expiresAt)) return undefined
  if (!(fetchedAt <= now && now < expiresAt) || typeof expirySource !== 'string') return undefined
  try {
    const { iceServers, dropped, afterExpiry } = selectServers(message, options)
    if (iceServers.length === 0) return undefined // This tab has to hear from the backend that there are none.
    return deepFreeze({
      iceServers,
      expiresAt,
      expirySource,
      fetchedAt,
      dropped,
      afterExpiry,
    }) as IceConfiguration
  } catch {
    return undefined
  }
}

function isFiniteNumber(value: unknown): value is number {
  return Number.isFinite(value)
}
