/** The data channel over which both peers renegotiate, beside those of the app. */

import type { AttachableConnection } from '../../attachable-connection.js'
import { readSafely } from '../../read-safely.js'
import type { NegotiableConnection } from '../negotiable-connection.js'
import { overrideMethod } from '../override-method.js'
import { hideChannelStats } from './hidden-stats.js'
import { type InBandMessage, readMessage } from './messages.js'

/** Created by both peers with `negotiated`, so that neither fires `datachannel`. Browsers number other channels from 0, so no other channel gets this id by itself. */
export const CHANNEL_ID = 1007
/** Found in the stats. */
export const CHANNEL_LABEL = 'turnkeeper'

/** A remote peer that sends nothing for this time after the channel has opened does not have it. */
const HELLO_TIMEOUT_MS = 10_000

/**
 * - `closed`: the connection has no data section yet, or is not connected.
 * - `opening`: open here. Whether the remote peer has the channel is not known yet.
 * - `open`: both peers have it.
 * - `missing`: the remote peer does not have it.
 */
export type ChannelState = 'closed' | 'opening' | 'open' | 'missing'

/** The members of an `RTCDataChannel` that are used. */
interface DataChannel {
  readonly readyState: string
  send(data: string): void
  close(): void
  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void
}

/** A connection that can have data channels. */
export interface DataConnection extends NegotiableConnection {
  createDataChannel(label: string, options?: object): DataChannel
}

/** Callbacks of the channel. */
export interface ChannelHandlers {
  onMessage(message: Exclude<InBandMessage, { type: 'hello' }>): void
  /** Called when the state changes. */
  onStateChange(state: ChannelState): void
}

/** The channel of one connection. */
export class InBandChannel {
  /** Decides which peer is polite. */
  readonly id: number = Math.random()
  readonly #connection: DataConnection
  /** That of the connection, before it is overridden. */
  readonly #createDataChannel: DataConnection['createDataChannel']
  readonly #isForced: boolean
  readonly #handlers: ChannelHandlers
  readonly #restore: () => void
  #restoreStats: (() => void) | undefined
  #channel: DataChannel | undefined
  #remoteId: number | undefined
  #state: ChannelState = 'closed'
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param isForced - Whether the connection gets the channel even if the app has no data section, see {@link prepareOffer}. */
  constructor(connection: DataConnection, isForced: boolean, handlers: ChannelHandlers) {
    this.#connection = connection
    this.#createDataChannel = connection.createDataChannel.bind(connection)
    this.#isForced = isForced
    this.#handlers = handlers
    const restoreMethod = overrideMethod(
      connection,
      'createDataChannel',
      (createDataChannel) =>
        (...args) => {
          const channel = createDataChannel(...args)
          this.#create()
          return channel
        },
    )
    const onSignalingStateChange = () => this.#createIfNegotiated()
    connection.addEventListener('signalingstatechange', onSignalingStateChange)
    this.#restore = () => {
      restoreMethod()
      connection.removeEventListener('signalingstatechange', onSignalingStateChange)
    }
    if (isForced && connection.localDescription) this.#create()
    else this.#createIfNegotiated()
  }

  get state(): ChannelState {
    return this.#state
  }

  /** Whether this peer rolls back its offer if both make one at the same time (W3C webrtc-pc §10.7, perfect negotiation). */
  get isPolite(): boolean {
    return this.id < (this.#remoteId ?? 0)
  }

  /**
   * Handles that the app is about to create an offer. A new connection gets its channel only then: with the channel, the browser
   * fires `negotiationneeded`, which an app without anything to send would not expect.
   */
  prepareOffer(): void {
    if (this.#isForced) this.#create()
  }

  /** Sends a message, if the channel is open. One that cannot be sent is like one that is lost. */
  send(message: InBandMessage): void {
    const channel = this.#channel
    if (channel?.readyState === 'open') readSafely(() => channel.send(JSON.stringify(message)), undefined)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#restore()
    this.#restoreStats?.()
    readSafely(() => this.#channel?.close(), undefined)
    this.#setState('closed')
  }

  #createIfNegotiated(): void {
    const { localDescription, remoteDescription } = this.#connection
    const hasData = [localDescription, remoteDescription].some((description) => hasDataSection(description))
    if (hasData) this.#create()
  }

  #create(): void {
    if (this.#channel) return
    const options = { negotiated: true, id: CHANNEL_ID, protocol: CHANNEL_LABEL }
    // The id can be in use, and a connection can be closed.
    const channel = readSafely(() => this.#createDataChannel(CHANNEL_LABEL, options), undefined)
    if (!channel) return
    this.#channel = channel
    this.#restoreStats = hideChannelStats(this.#connection, CHANNEL_LABEL)
    channel.addEventListener('open', () => this.#handleOpen())
    channel.addEventListener('close', () => this.#setState('closed'))
    channel.addEventListener('message', ({ data }) => this.#receive(data))
  }

  #handleOpen(): void {
    this.send({ type: 'hello', id: this.id })
    if (this.#remoteId !== undefined) return
    this.#setState('opening')
    this.#timer = setTimeout(() => this.#setState('missing'), HELLO_TIMEOUT_MS)
  }

  #receive(data: unknown): void {
    const message = readMessage(data)
    if (message?.type === 'hello') this.#greet(message.id)
    else if (message && this.#remoteId !== undefined) this.#handlers.onMessage(message)
  }

  /** A peer that opens the channel later does not receive a message that was sent before. */
  #greet(remoteId: number): void {
    clearTimeout(this.#timer)
    if (this.#remoteId !== remoteId) this.send({ type: 'hello', id: this.id })
    this.#remoteId = remoteId
    this.#setState('open')
  }

  #setState(state: ChannelState): void {
    if (state === this.#state) return
    this.#state = state
    this.#handlers.onStateChange(state)
  }
}

/** Whether a description has a data section that is not rejected (its port is not 0). */
export function hasDataSection(description: AttachableConnection['localDescription']): boolean {
  return /^m=application [^0]/m.test(description?.sdp ?? '')
}
