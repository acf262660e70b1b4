/** Counts the messages of a call, and those that have not arrived. */

/** A message that is not received within this time is missing. It may still arrive: the data channel is reliable. */
const GRACE_MS = 1000

/** Numbers of messages. */
export interface MessageCounts {
  /** Without those of the last second that have not arrived yet. */
  readonly sent: number
  readonly received: number
  readonly missing: number
}

/** Counts messages of an ordered, reliable data channel. Times are monotonic, in ms. */
export class MessageCounter {
  #received = 0
  #receivedAt: number
  /** When the messages that have not arrived were sent, oldest first. */
  readonly #pending: number[] = []

  constructor(startedAt: number) {
    this.#receivedAt = startedAt
  }

  countSent(at: number): void {
    this.#pending.push(at)
  }

  countReceived(at: number): void {
    this.#pending.shift()
    this.#received++
    this.#receivedAt = at
  }

  /** Returns how long no message has arrived. */
  silentMs(now: number): number {
    return now - this.#receivedAt
  }

  read(now: number): MessageCounts {
    const missing = this.#pending.filter((sentAt) => sentAt < now - GRACE_MS).length
    return { sent: this.#received + missing, received: this.#received, missing }
  }
}
