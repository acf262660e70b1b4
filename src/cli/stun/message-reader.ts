/** Splits a stream of bytes into STUN messages. */
import { MAGIC_COOKIE, messageLength } from './message.js'

/** The bytes with which a STUN message begins: type, length and magic cookie. */
const PREFIX_LENGTH = 8

/** The first two bits of a STUN message are 0 (RFC 8489 §5). */
const NOT_STUN = 0b1100_0000

/** Collects the bytes of a TCP or TLS connection, at most one message of 64 kB. */
export class MessageReader {
  #buffered: Buffer = Buffer.alloc(0)
  #isDamaged = false

  /** Whether the server sent something other than STUN messages. It binds no channel, so it may not send ChannelData. */
  get isDamaged(): boolean {
    return this.#isDamaged
  }

  /** Adds bytes, and returns the messages that are complete. */
  read(chunk: Buffer): Buffer[] {
    const messages: Buffer[] = []
    this.#buffered = Buffer.concat([this.#buffered, chunk])
    while (!this.#isDamaged && this.#buffered.length >= PREFIX_LENGTH) {
      this.#isDamaged = !isMessage(this.#buffered)
      const length = messageLength(this.#buffered)
      if (this.#isDamaged || this.#buffered.length < length) break
      messages.push(this.#buffered.subarray(0, length))
      this.#buffered = this.#buffered.subarray(length)
    }
    return messages
  }
}

function isMessage(bytes: Buffer): boolean {
  return (bytes.readUInt8(0) & NOT_STUN) === 0 && bytes.readUInt32BE(4) === MAGIC_COOKIE
}
