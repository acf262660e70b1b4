/** The operations of a negotiation that the app does not see. */
import type { Description } from '../negotiable-connection.js'
import { markOwn } from '../own-operations.js'
import { hideSignalingState, signalingStateOf } from '../signaling-state.js'
import { hideEvents, OwnEvents } from './hidden-events.js'
import type { LockableConnection } from './negotiation-lock.js'

/** Callbacks of the operations. */
export interface HiddenOperationsHandlers {
  /** Whether the library negotiates now. */
  isNegotiating(): boolean
  /** Called for each local candidate of the library. */
  onCandidate(candidate: object): void
}

/** The operations of the library on one connection. It negotiates only while the app does not. */
export class HiddenOperations {
  readonly #connection: LockableConnection
  readonly #handlers: HiddenOperationsHandlers
  readonly #events = new OwnEvents()
  readonly #restoreAll: readonly (() => void)[]

  constructor(connection: LockableConnection, handlers: HiddenOperationsHandlers) {
    this.#connection = connection
    this.#handlers = handlers
    this.#restoreAll = [
      hideEvents(connection, (event) => this.#handleEvent(event)),
      hideSignalingState(connection, handlers.isNegotiating),
    ]
  }

  /** Makes an offer that restarts ICE the local description. Resolves with its SDP. */
  async offer(): Promise<string> {
    const { sdp } = await this.#connection.createOffer(markOwn({ iceRestart: true }))
    return this.#describe('offer', sdp)
  }

  /**
   * Answers an offer of the remote peer. Resolves with the SDP of the answer.
   *
   * @param isWanted - Whether the offer still waits for its answer.
   */
  async answer(sdp: string, isWanted: () => boolean): Promise<string> {
    const assertWanted = () => {
      if (!isWanted()) throw new Error('the remote peer does not wait for an answer any more')
    }
    assertWanted()
    await this.#connection.setRemoteDescription(markOwn({ type: 'offer', sdp }))
    const answer = (await this.#connection.createAnswer(markOwn({}))) as Description
    assertWanted()
    return this.#describe('answer', answer.sdp)
  }

  async applyAnswer(sdp: string): Promise<void> {
    await this.#connection.setRemoteDescription(markOwn({ type: 'answer', sdp }))
  }

  /** Adds a candidate of the remote peer. One of an offer that was rolled back is rejected. */
  async addCandidate(candidate: object): Promise<void> {
    await this.#connection.addIceCandidate(markOwn(candidate)).catch(() => {})
  }

  /** Rolls back an offer of either peer, if there is one. */
  async rollBack(): Promise<void> {
    const state = signalingStateOf(this.#connection)
    const rollback = markOwn({ type: 'rollback' })
    if (state === 'have-local-offer') await this.#connection.setLocalDescription(rollback).catch(() => {})
    if (state === 'have-remote-offer') await this.#connection.setRemoteDescription(rollback).catch(() => {})
  }

  /** Hides nothing from now on. */
  remove(): void {
    for (const restore of this.#restoreAll) restore()
  }

  async #describe(type: 'offer' | 'answer', sdp = ''): Promise<string> {
    this.#events.handleLocalDescription(sdp)
    await this.#connection.setLocalDescription(markOwn({ type, sdp }))
    return this.#connection.localDescription?.sdp ?? sdp
  }

  /** Returns whether to hide an event from the app. */
  #handleEvent(event: Event): boolean {
    const isOwn = this.#events.include(event, this.#handlers.isNegotiating())
    const { candidate } = event as RTCPeerConnectionIceEvent
    if (isOwn && candidate) this.#handlers.onCandidate(candidate.toJSON())
    return isOwn
  }
}
