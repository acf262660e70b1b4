import { deepFreeze, type IceConfiguration } from '../config/read-response.js'
import { type ServerSelectionOptions, selectServers } from '../config/select-servers.js'

/** What a tab does with what it hears from others. */
export interface TabChannelHandlers {
  /** Another tab has no configuration; returns one to give it, if there is one. */
  onAsk(): IceConfiguration | undefined
  onConfiguration(configuration: IceConfiguration): void
}

/** The way to the other tabs of the origin. */
export interface TabChannel {
  /** Asks whether another tab has a configuration. */
  ask(): void
  share(configuration: IceConfiguration): void
  close(): void
}

/** By what a shared configuration is checked. */
type TabChannelOptions = ServerSelectionOptions & { readonly now: () => number }

/** What the messages look like. Tabs with another version of it use another channel. */
const PROTOCOL_VERSION = 1
const ASK = 'ask'

/**
 * Opens the channel to the tabs that share under the same key. Nobody waits for an answer, so no tab that is
 * frozen or closed can hold up another. What comes in is checked like the answer of a backend, and ignored if
 * it is none. `undefined` without a key, and where there are no channels.
 */
export function openTabChannel(
  key: string | false | undefined,
  context: TabChannelOptions,
  hooks: TabChannelHandlers,
): TabChannel | undefined {
  if (!key) return undefined
  let channel: BroadcastChannel
  try {
    channel = new BroadcastChannel(`turnkeeper/${PROTOCOL_VERSION}/${key}`)
  } catch {
    return undefined // an old browser, or one that forbids it to a framed page
  }
  ;(channel as { unref?: () => void }).unref?.() // in Node it would keep the process alive
  const share = (configuration: IceConfiguration) => channel.postMessage(configuration)
  channel.onmessage = ({ data }) => {
    const configuration = data === ASK ? hooks.onAsk() : parseSharedConfiguration(data, context)
    if (configuration) (data === ASK ? share : hooks.onConfiguration)(configuration)
  }
  return { ask: () => channel.postMessage(ASK), share, close: () => channel.close() }
}

/** Tabs share a clock, so the moments of one hold for all. One that is still to come is nonsense. */
function parseSharedConfiguration(
  message: unknown,
  context: TabChannelOptions,
): IceConfiguration | undefined {
  const { fetchedAt, expiresAt, expirySource } = Object(message)
  const now = context.now()
  if (!Number.isFinite(fetchedAt) || !Number.isFinite(expiresAt)) return undefined
  if (!(fetchedAt <= now && now < expiresAt) || typeof expirySource !== 'string') return undefined
  try {
    const { iceServers, dropped } = selectServers(message, context)
    return deepFreeze({ iceServers, expiresAt, expirySource, fetchedAt, dropped }) as IceConfiguration
  } catch {
    return undefined
  }
}
