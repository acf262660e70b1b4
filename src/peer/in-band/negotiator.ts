/**
 * Renegotiates a connection over its in-band channel, for apps and libraries that do not deliver offers during a call. They see
 * nothing of it: their own operations wait, and the events of the negotiation are hidden from them.
 */
import { readDescription } from '../connection-snapshot.js'
import { type ChannelState, type DataConnection, InBandChannel } from './channel.js'
import { HiddenOperations } from './hidden-operations.js'
import type { InBandMessage } from './messages.js'
import {
  ANSWER_TIMEOUT_MS,
  ANSWER_WAIT_MS,
  FAILURES,
  LAST_ANSWER_WAIT_MS,
  OFFER_WAIT_MS,
  POLITE_DELAY_MS,
} from './negotiation-limits.js'
import { type LockableConnection, NegotiationLock } from './negotiation-lock.js'

type NegotiationMessage = Exclude<InBandMessage, { type: 'hello' }>

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
  readonly #operations: HiddenOperations
  #state: NegotiationState = { name: 'idle' }
  #isStopped = false
  #count = 0
  /** The latest negotiation, to which candidates belong. */
  #negotiation = ''
  /** That of the latest offer of the remote peer, unless it is canceled. */
  #offered: string | undefined
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
    this.#operations = new HiddenOperations(connection, {
      isNegotiating: () => this.#state.name !== 'idle',
      onCandidate: (candidate) => {
        this.#channel.send({ type: 'candidate', negotiation: this.#negotiation, candidate })
      },
    })
    this.#lock = new NegotiationLock(connection, monotonicNow, () => this.#channel.prepareOffer())
    this.#channel = new InBandChannel(connection, isForced, {
      onMessage: (message) => this.#handleMessage(message),
      onStateChange: (state) => {
        if (state === 'missing') onMissing()
        if (state === 'closed') this.#abandon(FAILURES.closed)
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

  /**
   * Stops negotiating. An offer that waits for its answer is rolled back first, because the app does not know it. Its answer may
   * be on its way: then the remote peer has restarted ICE already.
   */
  stop(): void {
    this.#isStopped = true
    if (this.#state.name === 'idle') this.#remove()
    else setTimeout(() => this.#abandon(FAILURES.detached), LAST_ANSWER_WAIT_MS)
  }

  #remove(): void {
    this.#operations.remove()
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
    const isAcquired = await this.#lock.acquire(OFFER_WAIT_MS)
    if (this.#isStopped) throw new Error(FAILURES.detached)
    if (!isAcquired) throw new Error(FAILURES.appNegotiates)
    // The remote peer or the app has restarted ICE in the meantime, which has moved both peers.
    const isRestarted = readDescription(this.#connection).negotiatedUfrag !== ufrag
    if (isRestarted || this.state !== 'open') {
      this.#lock.release()
      return settle(isRestarted ? undefined : new Error(FAILURES.closed))
    }
    const negotiation = `${this.#channel.id} ${++this.#count}`
    this.#negotiation = negotiation
    const timer = setTimeout(() => this.#abandon(FAILURES.unanswered, negotiation), ANSWER_TIMEOUT_MS)
    const end = (error?: Error) => {
      clearTimeout(timer)
      settle(error)
    }
    this.#state = { name: 'offering', negotiation, settle: end }
    try {
      this.#channel.send({ type: 'offer', negotiation, sdp: await this.#operations.offer() })
    } catch (error) {
      await this.#operations.rollBack()
      await this.#end(error as Error)
    }
  }

  #handleMessage(message: NegotiationMessage): void {
    const { type, negotiation } = message
    // At once: an offer may still be waiting for the app when it is canceled.
    if (type === 'offer') this.#offered = negotiation
    if (type === 'cancel' && this.#offered === negotiation) this.#offered = undefined
    if (type === 'busy') this.#abandon(FAILURES.busy, negotiation)
    else void this.#enqueue(() => this.#receive(message))
  }

  async #receive(message: NegotiationMessage): Promise<void> {
    const { negotiation } = message
    const isOffered = this.#state.name === 'offering' && this.#state.negotiation === negotiation
    if (message.type === 'offer') await this.#answer(message.sdp, negotiation)
    if (message.type === 'answer' && isOffered) await this.#applyAnswer(message.sdp)
    const isCandidate = message.type === 'candidate' && negotiation === this.#negotiation
    if (isCandidate) await this.#operations.addCandidate(message.candidate)
  }

  async #answer(sdp: string, negotiation: string): Promise<void> {
    const isWanted = () => !this.#isStopped && negotiation === this.#offered
    const previous = this.#state
    const hasGlare = previous.name === 'offering'
    if (!isWanted() || (hasGlare && !this.#channel.isPolite)) return
    if (!hasGlare && !(await this.#lock.acquire(ANSWER_WAIT_MS))) {
      this.#channel.send({ type: 'busy', negotiation })
      return
    }
    this.#state = { name: 'answering' }
    try {
      if (hasGlare) {
        this.#channel.send({ type: 'cancel', negotiation: previous.negotiation })
        await this.#operations.rollBack()
      }
      this.#negotiation = negotiation
      const answer = await this.#operations.answer(sdp, isWanted)
      this.#channel.send({ type: 'answer', negotiation, sdp: answer })
      if (hasGlare) previous.settle()
    } catch (error) {
      this.#channel.send({ type: 'busy', negotiation })
      await this.#operations.rollBack()
      if (hasGlare) previous.settle(error as Error)
    }
    await this.#end()
  }

  async #applyAnswer(sdp: string): Promise<void> {
    try {
      await this.#operations.applyAnswer(sdp)
      await this.#end()
    } catch (error) {
      await this.#operations.rollBack()
      await this.#end(error as Error)
    }
  }

  /** Rolls back an offer that waits for its answer, after the operation in progress. */
  #abandon(reason: string, negotiation = this.#negotiation): void {
    void this.#enqueue(async () => {
      if (this.#state.name !== 'offering' || this.#state.negotiation !== negotiation) return
      this.#channel.send({ type: 'cancel', negotiation })
      await this.#operations.rollBack()
      await this.#end(new Error(reason))
    })
  }

  async #end(error?: Error): Promise<void> {
    // The event of the last change can come after its promise.
    await new Promise((resolve) => setTimeout(resolve))
    const previous = this.#state
    this.#state = { name: 'idle' }
    this.#lock.release()
    if (previous.name === 'offering') previous.settle(error)
    if (this.#isStopped) this.#remove()
  }
}
