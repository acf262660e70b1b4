/** Splits a stream of bytes into STUN messages. */
import { HEADER_LENGTH, messageLength } from './message.js'

/** The first two bits of a message: those of STUN are 0 (RFC 8489 §5), those of ChannelData 1 (RFC 8656 §12). */
const KIND_SHIFT = 6
const STUN_KIND = 0

/** The header of ChannelData: the number of the channel, and a length. */
const CHANNEL_HEADER_LENGTH = 4

/** Collects the bytes of a TCP or TLS connection, at most one message of 64 kB. */
export class MessageReader {
  #buffered: Buffer = Buffer.alloc(0)
  #isDamaged = false

  /** Whether the server sent something other than STUN messages and ChannelData. */
  get isDamaged(): boolean {
    return this.#isDamaged
  }

  /** Adds bytes, and returns the STUN messages that are complete. ChannelData is skipped. */
  read(chunk: Buffer): Buffer[] {
    const messages: Buffer[] = []
    this.#buffered = Buffer.concat([this.#buffered, chunk])
    while (!this.#isDamaged && this.#buffered.length >= HEADER_LENGTH) {
      const kind = this.#buffered.readUInt8(0) >> KIND_SHIFT
      this.#isDamaged = kind > 1
      const length = kind === STUN_KIND ? messageLength(this.#buffered) : channelDataLength(this.#buffered)
      if (this.#isDamaged || this.#buffered.length < length) break
      if (kind === STUN_KIND) messages.push(this.#buffered.subarray(0, length))
      this.#buffered = this.#buffered.subarray(length)
    }
    return messages
  }
}

/** ChannelData is padded in a stream (RFC 8656 §12.5). */
function channelDataLength(header: Buffer): number {
  return Math.ceil((CHANNEL_HEADER_LENGTH + header.readUInt16BE(2)) / 4) * 4
}
