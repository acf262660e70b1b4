/**
 * Renegotiates a connection over its in-band channel, for apps and libraries that do not deliver offers during a call. They see
 * nothing of it: their own operations wait, and the events of the negotiation are hidden from them.
 */
import { readDescription } from '../connection-snapshot.js'
import type { Description } from '../negotiable-connection.js'
import { type ChannelState, type DataConnection, InBandChannel } from './channel.js'
import { hideEvents, OwnEvents } from './hidden-events.js'
import type { InBandMessage } from './messages.js'
import { type LockableConnection, NegotiationLock } from './negotiation-lock.js'

/** How long an offer waits for the app to finish its own negotiation. */
const OFFER_WAIT_MS = 5000
/** How long an answer does. Shorter, because the app of the remote peer waits as well. */
const ANSWER_WAIT_MS = 2000
const ANSWER_TIMEOUT_MS = 10_000
/** Credentials of both peers often change at the same moment, and one restart moves both. The impolite peer makes it. */
const POLITE_DELAY_MS = 500

/** A connection that can be renegotiated in-band. */
export type InBandConnection = DataConnection & LockableConnection

/**
 * - `idle`: no negotiation.
 * - `offering`: an offer waits for its answer.
 * - `answering`: an offer of the remote peer is being answered.
 */
type NegotiationState =
  | { readonly name: 'idle' | 'answering' }
  | { readonly name: 'offering'; readonly negotiation: string; readonly settle: (error?: Error) => void }

/** The in-band negotiations of one connection, one at a time. */
export class InBandNegotiator {
  readonly #connection: InBandConnection
  readonly #channel: InBandChannel
  readonly #lock: NegotiationLock
  readonly #stopHiding: () => void
  readonly #events = new OwnEvents()
  #state: NegotiationState = { name: 'idle' }
  #count = 0
  /** The latest negotiation, to which candidates belong. */
  #negotiation: string | undefined
  #queue: Promise<unknown> = Promise.resolve()
  #restart: Promise<void> | undefined
  /** Called when the state of the channel changes. */
  #waiting: (() => void)[] = []

  /**
   * @param isForced - Whether the connection gets a data section for it.
   * @param onMissing - Called when the remote peer does not have the channel.
   */
  constructor(
    connection: InBandConnection,
    isForced: boolean,
    monotonicNow: () => number,
    onMissing: () => void,
  ) {
    this.#connection = connection
    this.#stopHiding = hideEvents(connection, (event) => this.#handleEvent(event))
    this.#lock = new NegotiationLock(connection, monotonicNow)
    this.#channel = new InBandChannel(connection, isForced, {
      onMessage: (message) => void this.#enqueue(() => this.#receive(message)),
      onStateChange: (state) => {
        if (state === 'missing') onMissing()
        for (const resolve of this.#waiting.splice(0)) resolve()
      },
    })
  }

  get state(): ChannelState {
    return this.#channel.state
  }

  /** Resolves with whether both peers have the channel, once that is known. */
  async isAvailable(): Promise<boolean> {
    if (this.state === 'opening') await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return this.state === 'open'
  }

  /** Restarts ICE. Rejects if that is not possible now, or if the remote peer does not answer. */
  restart(): Promise<void> {
    this.#restart ??= this.#requestRestart().finally(() => {
      this.#restart = undefined
    })
    return this.#restart
  }

  stop(): void {
    if (this.#state.name === 'offering') this.#state.settle(new Error('the connection is detached'))
    this.#stopHiding()
    this.#lock.remove()
    this.#channel.close()
  }

  async #requestRestart(): Promise<void> {
    const { negotiatedUfrag } = readDescription(this.#connection)
    if (this.#channel.isPolite) await new Promise((resolve) => setTimeout(resolve, POLITE_DELAY_MS))
    return new Promise((resolve, reject) => {
      const settle = (error?: Error) => (error ? reject(error) : resolve())
      this.#enqueue(() => this.#offer(negotiatedUfrag, settle)).catch(reject)
    })
  }

  #enqueue(task: () => Promise<void>): Promise<void> {
    const result = this.#queue.then(task)
    this.#queue = result.catch(() => {})
    return result
  }

  /** @param ufrag - The username fragment that is to be replaced. */
  async #offer(ufrag: string | undefined, settle: (error?: Error) => void): Promise<void> {
    if (!(await this.#lock.acquire(OFFER_WAIT_MS))) throw new Error('the app negotiates itself')
    // The remote peer or the app has restarted ICE in the meantime, which has moved both peers.
    if (readDescription(this.#connection).negotiatedUfrag !== ufrag) {
      this.#lock.release()
      return settle()
    }
    const negotiation = `${this.#channel.id} ${++this.#count}`
    this.#negotiation = negotiation
    const abandon = () => this.#abandon(negotiation, 'did not answer the in-band offer')
    const timer = setTimeout(() => void this.#enqueue(abandon), ANSWER_TIMEOUT_MS)
    const end = (error?: Error) => {
      clearTimeout(timer)
      settle(error)
    }
    this.#state = { name: 'offering', negotiation, settle: end }
    try {
      const offer = await this.#connection.createOffer(this.#lock.own({ iceRestart: true }))
      await this.#describe(offer, 'offer', negotiation)
    } catch (error) {
      await this.#end(error as Error)
    }
  }

  async #receive(message: Exclude<InBandMessage, { type: 'hello' }>): Promise<void> {
    const { negotiation } = message
    const isOffered = this.#state.name === 'offering' && this.#state.negotiation === negotiation
    switch (message.type) {
      case 'offer':
        await this.#answer(message.sdp, negotiation)
        break
      case 'answer':
        if (isOffered) await this.#apply(message.sdp)
        break
      case 'busy':
        await this.#abandon(negotiation, 'does not answer now, because its app negotiates itself')
        break
      case 'candidate':
        // One of an offer that was rolled back is rejected.
        if (negotiation === this.#negotiation) {
          await this.#connection.addIceCandidate(this.#lock.own(message.candidate)).catch(() => {})
        }
    }
  }

  async #answer(sdp: string, negotiation: string): Promise<void> {
    const connection = this.#connection
    const previous = this.#state
    const hasGlare = previous.name === 'offering'
    if (hasGlare && !this.#channel.isPolite) return
    if (!hasGlare && !(await this.#lock.acquire(ANSWER_WAIT_MS))) {
      this.#channel.send({ type: 'busy', negotiation })
      return
    }
    this.#state = { name: 'answering' }
    try {
      if (hasGlare) await this.#rollBack()
      this.#negotiation = negotiation
      await connection.setRemoteDescription(this.#lock.own({ type: 'offer', sdp }))
      const answer = (await connection.createAnswer(this.#lock.own({}))) as Description
      await this.#describe(answer, 'answer', negotiation)
      if (hasGlare) previous.settle()
    } catch (error) {
      this.#channel.send({ type: 'busy', negotiation })
      await connection.setRemoteDescription({ type: 'rollback' }).catch(() => {})
      if (hasGlare) previous.settle(error as Error)
    }
    await this.#end()
  }

  async #apply(sdp: string): Promise<void> {
    try {
      await this.#connection.setRemoteDescription(this.#lock.own({ type: 'answer', sdp }))
      await this.#end()
    } catch (error) {
      await this.#rollBack()
      await this.#end(error as Error)
    }
  }

  async #abandon(negotiation: string, reason: string): Promise<void> {
    if (this.#state.name !== 'offering' || this.#state.negotiation !== negotiation) return
    await this.#rollBack()
    await this.#end(new Error(`the remote peer ${reason}`))
  }

  async #rollBack(): Promise<void> {
    if (this.#connection.signalingState !== 'have-local-offer') return
    await this.#connection.setLocalDescription({ type: 'rollback' }).catch(() => {})
    this.#events.handleRollback(this.#connection)
  }

  /** Sets and sends a local description. */
  async #describe(description: Description, type: 'offer' | 'answer', negotiation: string): Promise<void> {
    const sdp = description.sdp ?? ''
    this.#events.addGeneration(sdp)
    await this.#connection.setLocalDescription(this.#lock.own({ type, sdp }))
    this.#channel.send({ type, negotiation, sdp: this.#connection.localDescription?.sdp ?? sdp })
  }

  async #end(error?: Error): Promise<void> {
    // The event of the last change can come after its promise.
    await new Promise((resolve) => setTimeout(resolve))
    const previous = this.#state
    this.#state = { name: 'idle' }
    this.#lock.release()
    if (previous.name === 'offering') previous.settle(error)
  }

  /** Sends candidates of the library's own. Returns whether to hide the event from the app. */
  #handleEvent(event: Event): boolean {
    const isOwn = this.#events.include(event, this.#connection, this.#state.name !== 'idle')
    const { candidate } = event as RTCPeerConnectionIceEvent
    const negotiation = this.#negotiation
    if (isOwn && candidate && negotiation !== undefined) {
      this.#channel.send({ type: 'candidate', negotiation, candidate: candidate.toJSON() })
    }
    return isOwn
  }
}
