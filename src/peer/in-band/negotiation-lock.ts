/** Keeps the negotiations of the app and of the library apart. */
import type { NegotiableConnection } from '../negotiable-connection.js'
import { overrideMethod } from '../override-method.js'

/** A description that the app has created, and has not applied for this time, is not going to be applied. */
const UNUSED_DESCRIPTION_MS = 2000
const POLL_MS = 50

/** A connection whose app also creates answers. */
export interface LockableConnection extends NegotiableConnection {
  createAnswer(...args: unknown[]): Promise<unknown>
}

/**
 * The library negotiates only while the app does not, and what the app calls in the meantime waits. Calls of the library are
 * recognized by their argument.
 */
export class NegotiationLock {
  readonly #connection: LockableConnection
  readonly #monotonicNow: () => number
  readonly #own = new WeakSet<object>()
  readonly #restoreAll: readonly (() => void)[]
  #runningCount = 0
  /** When the app created a description that it has not applied yet, in monotonic ms. */
  #createdAt = Number.NEGATIVE_INFINITY
  #released: Promise<void> | undefined
  #release: (() => void) | undefined

  constructor(connection: LockableConnection, monotonicNow: () => number) {
    this.#connection = connection
    this.#monotonicNow = monotonicNow
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

  /** Marks the first argument of a call of the library. */
  own<T extends object>(argument: T): T {
    this.#own.add(argument)
    return argument
  }

  /** Resolves with whether the app leaves the connection to the library within this time. */
  async acquire(timeoutMs: number): Promise<boolean> {
    const endsAt = this.#monotonicNow() + timeoutMs
    while (this.#released || !this.#isIdle) {
      if (this.#monotonicNow() >= endsAt || this.#connection.signalingState === 'closed') return false
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

  remove(): void {
    this.release()
    for (const restore of this.#restoreAll) restore()
  }

  get #isIdle(): boolean {
    const hasUnusedDescription = this.#monotonicNow() - this.#createdAt < UNUSED_DESCRIPTION_MS
    return this.#connection.signalingState === 'stable' && this.#runningCount === 0 && !hasUnusedDescription
  }

  #guard(name: string, method: Operation): Operation {
    const guarded: Operation = async (...args) => {
      const [argument] = args
      if (
        this.#own.has(argument as object) ||
        (argument as { type?: string } | undefined)?.type === 'rollback'
      )
        return method(...args)
      if (this.#released) {
        await this.#released
        return guarded(...args)
      }
      if (name.startsWith('create')) this.#createdAt = this.#monotonicNow()
      if (name === 'setLocalDescription') this.#createdAt = Number.NEGATIVE_INFINITY
      this.#runningCount++
      try {
        return await method(...args)
      } finally {
        this.#runningCount--
      }
    }
    return guarded
  }
}

type Operation = (...args: unknown[]) => Promise<unknown>
