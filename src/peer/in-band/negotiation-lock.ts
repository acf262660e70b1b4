/** Keeps the negotiations of the app and of the library apart. */
import type { NegotiableConnection } from '../negotiable-connection.js'
import { overrideMethod } from '../override-method.js'
import { isOwn } from '../own-operations.js'
import { signalingStateOf } from '../signaling-state.js'

/** A description that the app has created, and has not applied for this time, is not going to be applied. */
const UNUSED_DESCRIPTION_MS = 2000
/** How long the library waits for the app to negotiate transceivers that it has added. Then it negotiates them. */
const NEW_TRANSCEIVER_MS = 1000
const POLL_MS = 50

/** A connection whose app also creates answers. */
export interface LockableConnection extends NegotiableConnection {
  createAnswer(...args: unknown[]): Promise<unknown>
  getTransceivers?(): readonly { readonly mid: string | null; readonly direction: string }[]
}

/**
 * The library negotiates only while the app does not, and what the app calls in the meantime waits. Calls of the library are
 * recognized by their argument.
 */
export class NegotiationLock {
  readonly #connection: LockableConnection
  readonly #monotonicNow: () => number
  readonly #onOffer: () => void
  readonly #restoreAll: readonly (() => void)[]
  #runningCount = 0
  /** When the app created a description that it has not applied yet, in monotonic ms. */
  #createdAt = Number.NEGATIVE_INFINITY
  #released: Promise<void> | undefined
  #release: (() => void) | undefined
  #isRemoved = false

  /** @param onOffer - Called before the app creates an offer. */
  constructor(connection: LockableConnection, monotonicNow: () => number, onOffer: () => void) {
    this.#connection = connection
    this.#monotonicNow = monotonicNow
    this.#onOffer = onOffer
    const override = (
      name:
        | 'createOffer'
        | 'createAnswer'
        | 'setLocalDescription'
        | 'setRemoteDescription'
        | 'addIceCandidate',
    ) => overrideMethod(connection, name, (method) => this.#guard(name, method as Operation) as never)
    this.#restoreAll = [
      override('createOffer'),
      override('createAnswer'),
      override('setLocalDescription'),
      override('setRemoteDescription'),
      override('addIceCandidate'),
    ]
  }

  /** Resolves with whether the app leaves the connection to the library within this time. */
  async acquire(timeoutMs: number): Promise<boolean> {
    const startedAt = this.#monotonicNow()
    const elapsed = () => this.#monotonicNow() - startedAt
    const isAppDue = () => elapsed() < NEW_TRANSCEIVER_MS && this.#hasNewTransceiver
    while (this.#released || !this.#isIdle || isAppDue()) {
      if (elapsed() >= timeoutMs || this.#isClosed) return false
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
    this.#released = new Promise((resolve) => {
      this.#release = resolve
    })
    return true
  }

  release(): void {
    this.#released = undefined
    this.#release?.()
  }

  /** Lets everything through from now on. Methods that other code has overridden as well cannot be restored. */
  remove(): void {
    this.#isRemoved = true
    this.release()
    for (const restore of this.#restoreAll) restore()
  }

  get #isClosed(): boolean {
    return signalingStateOf(this.#connection) === 'closed'
  }

  get #isIdle(): boolean {
    const hasUnusedDescription = this.#monotonicNow() - this.#createdAt < UNUSED_DESCRIPTION_MS
    const isStable = signalingStateOf(this.#connection) === 'stable'
    return isStable && this.#runningCount === 0 && !hasUnusedDescription
  }

  get #hasNewTransceiver(): boolean {
    const transceivers = this.#connection.getTransceivers?.() ?? []
    return transceivers.some(({ mid, direction }) => mid === null && direction !== 'stopped')
  }

  #guard(name: string, method: Operation): Operation {
    const guarded: Operation = async (...args) => {
      // A closed connection rejects.
      if (isOwn(args[0]) || this.#isClosed || this.#isRemoved) return method(...args)
      if (this.#released) {
        await this.#released
        return guarded(...args)
      }
      this.#observe(name)
      this.#runningCount++
      try {
        return await method(...args)
      } finally {
        this.#runningCount--
      }
    }
    return guarded
  }

  #observe(name: string): void {
    const isApplying = name === 'setLocalDescription'
    if (name.startsWith('create')) this.#createdAt = this.#monotonicNow()
    if (isApplying) this.#createdAt = Number.NEGATIVE_INFINITY
    // Without an argument, `setLocalDescription()` creates it.
    const isStable = signalingStateOf(this.#connection) === 'stable'
    if (name === 'createOffer' || (isApplying && isStable)) this.#onOffer()
  }
}

type Operation = (...args: unknown[]) => Promise<unknown>
