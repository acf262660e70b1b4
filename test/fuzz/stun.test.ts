/** Hostile and damaged packets never crash the STUN client of the command, and are never taken for a response. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAddress, readErrorCode, readLifetimeSeconds } from '../../src/cli/stun/attributes.js'
import { ATTRIBUTE, decodeResponse, type StunResponse } from '../../src/cli/stun/message.js'
import { MessageReader } from '../../src/cli/stun/message-reader.js'
import { FUZZ_TIMEOUT, runs } from '../support/fuzz.js'
import { encodeResponse } from '../support/stun-messages.js'

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array))
const attributes = fc.array(
  fc.tuple(
    fc.oneof(fc.constantFrom(...Object.values(ATTRIBUTE)), fc.nat(0xffff)),
    fc.uint8Array({ maxLength: 40 }),
  ),
  { maxLength: 6 },
)
const messages = fc
  .record({ attributes, isError: fc.boolean() })
  .map(({ attributes, isError }) => encodeResponse('allocate', attributes, { isError }))

/** A message with changed bytes, or cut, or with bytes after it. */
const damaged = fc
  .record({
    message: messages,
    changes: fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }),
    length: fc.option(fc.nat(200)),
    rest: bytes,
  })
  .map(({ message, changes, length, rest }) => {
    const changed = Buffer.from(message)
    for (const [index, value] of changes) if (index < changed.length) changed[index] = value
    return Buffer.concat([changed.subarray(0, length ?? changed.length), rest])
  })

function readAll(response: StunResponse): void {
  const { code, reason } = readErrorCode(response)
  if (code !== 0) expect([3, 4, 5, 6]).toContain(Math.floor(code / 100))
  expect(reason).not.toMatch(/\p{Cc}/u)
  for (const name of ['xorMappedAddress', 'xorRelayedAddress', 'alternateServer'] as const) {
    const address = readAddress(response, name)
    if (address)
      expect(address.address).toMatch(address.family === 'IPv4' ? /^\d+(\.\d+){3}$/ : /^[\da-f:]+$/)
  }
  expect(readLifetimeSeconds(response) ?? 0).toBeGreaterThanOrEqual(0)
  expect(response.hasIntegrity(Buffer.from('key'))).toBe(false)
}

describe('the STUN client of the command', FUZZ_TIMEOUT, () => {
  it('decodes or ignores any packet, and reads any attribute', () => {
    fc.assert(
      fc.property(fc.oneof(bytes, messages, damaged), (packet) => {
        const response = decodeResponse(packet)
        if (response) readAll(response)
      }),
      runs(3000),
    )
  })

  it('finds the messages in a stream that is split anywhere', () => {
    fc.assert(
      fc.property(
        fc.array(messages, { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 50 })),
        (sent, sizes) => {
          const stream = Buffer.concat(sent)
          const reader = new MessageReader()
          const received: Buffer[] = []
          let offset = 0
          for (const size of [...sizes, stream.length]) {
            received.push(...reader.read(stream.subarray(offset, offset + size)))
            offset += size
          }
          expect(received.map(String)).toEqual(sent.map(String))
        },
      ),
      runs(300),
    )
  })

  it('reads any stream without an error, and returns what it received', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(bytes, damaged), { maxLength: 10 }), (chunks) => {
        const reader = new MessageReader()
        const received = chunks.flatMap((chunk) => reader.read(chunk))
        const stream = Buffer.concat(chunks)
        expect(stream.indexOf(Buffer.concat(received))).toBe(0)
      }),
      runs(500),
    )
  })
})
