/** Messages of the command's STUN client, with the test vectors of RFC 5769. */
import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readAddress, readErrorCode, readLifetimeSeconds } from '../../src/cli/stun/attributes.js'
import { ATTRIBUTE, decodeResponse, encodeRequest, METHOD } from '../../src/cli/stun/message.js'
import { MessageReader } from '../../src/cli/stun/message-reader.js'
import { errorResponse, response } from '../support/stun-messages.js'

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex')

/** RFC 5769 §2.2 and §2.3. */
const PASSWORD = Buffer.from('VOkJxbRl1RmTxUk/WvJxBt')
const IPV4_RESPONSE = bytesOf(`0101003c 2112a442 b7e7a701 bc34d686 fa87dfae
  8022000b 74657374 20766563 746f7220 00200008 0001a147 e112a643
  00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 80280004 c07d4c96`)
const IPV6_RESPONSE = bytesOf(`01010048 2112a442 b7e7a701 bc34d686 fa87dfae
  8022000b 74657374 20766563 746f7220
  00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9
  00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c`)

describe('decodeResponse', () => {
  it.each([
    ['IPv4', IPV4_RESPONSE, '192.0.2.1'],
    ['IPv6', IPV6_RESPONSE, '2001:db8:1234:5678:11:2233:4455:6677'],
  ])('reads the %s response of RFC 5769', (family, bytes, address) => {
    const decoded = decodeResponse(bytes)
    expect(decoded?.isSuccess).toBe(true)
    expect(decoded?.method).toBe(METHOD.binding)
    expect(decoded && readAddress(decoded, 'xorMappedAddress')).toEqual({ address, port: 32_853, family })
    expect(decoded?.hasIntegrity(PASSWORD)).toBe(true)
    expect(decoded?.hasIntegrity(Buffer.from('wrong'))).toBe(false)
  })

  it('rejects a message of which any byte was changed before its MESSAGE-INTEGRITY', () => {
    for (let index = 8; index < 48; index++) {
      const changed = Buffer.from(IPV4_RESPONSE)
      changed[index] = (changed[index] ?? 0) ^ 1
      expect(decodeResponse(changed)?.hasIntegrity(PASSWORD) ?? false, `byte ${index}`).toBe(false)
    }
  })

  it('returns undefined for every truncated message', () => {
    for (let length = 0; length < IPV4_RESPONSE.length; length++) {
      expect(decodeResponse(IPV4_RESPONSE.subarray(0, length))).toBeUndefined()
    }
  })

  it('has no valid integrity if the attribute has another length, also at the end of the largest message', () => {
    const largest = response('allocate', [
      [0x8000, Buffer.alloc(0xffe4)],
      [0x8001, Buffer.alloc(4)],
      [ATTRIBUTE.messageIntegrity, Buffer.alloc(0)],
    ])
    expect(largest.hasIntegrity(PASSWORD)).toBe(false)
  })

  it('returns undefined for requests and indications', () => {
    expect(decodeResponse(encodeRequest(METHOD.binding, []).bytes)).toBeUndefined()
    expect(decodeResponse(bytesOf(`00110000 2112a442 ${'00'.repeat(12)}`))).toBeUndefined()
  })

  it('returns undefined without the magic cookie', () => {
    expect(decodeResponse(bytesOf(`01010000 2112a443 ${'00'.repeat(12)}`))).toBeUndefined()
  })

  it('returns undefined for an attribute that is longer than the message', () => {
    expect(decodeResponse(bytesOf(`01010008 2112a442 ${'00'.repeat(12)} 00200008 00000000`))).toBeUndefined()
  })

  it('uses the first of two attributes of a type', () => {
    const decoded = response('allocate', [
      [ATTRIBUTE.lifetime, bytesOf('00000258')],
      [ATTRIBUTE.lifetime, bytesOf('00000001')],
    ])
    expect(readLifetimeSeconds(decoded)).toBe(600)
  })

  it('ignores attributes after MESSAGE-INTEGRITY, which are not signed', () => {
    const decoded = response('allocate', [
      [ATTRIBUTE.messageIntegrity, Buffer.alloc(20)],
      [ATTRIBUTE.lifetime, bytesOf('00000258')],
    ])
    expect(readLifetimeSeconds(decoded)).toBeUndefined()
  })
})

describe('encodeRequest', () => {
  it('pads attributes and signs the message with a length that includes the signature', () => {
    const key = Buffer.from('key')
    const { bytes, transactionId } = encodeRequest(
      METHOD.allocate,
      [[ATTRIBUTE.username, Buffer.from('alice')]],
      key,
    )
    expect(bytes.length).toBe(20 + 4 + 8 + 24)
    expect(bytes.readUInt16BE(0)).toBe(METHOD.allocate)
    expect(bytes.readUInt16BE(2)).toBe(bytes.length - 20)
    expect(bytes.toString('hex', 8, 20)).toBe(transactionId)
    expect(bytes.toString('latin1', 24, 32)).toBe('alice\0\0\0')
    const signature = createHmac('sha1', key).update(bytes.subarray(0, 32)).digest()
    expect(bytes.subarray(36).equals(signature)).toBe(true)
  })

  it('has a transaction id of its own for each request', () => {
    const ids = new Set(Array.from({ length: 100 }, () => encodeRequest(METHOD.binding, []).transactionId))
    expect(ids.size).toBe(100)
  })
})

describe('the readers of attributes', () => {
  it('read an error code and its reason in one line', () => {
    expect(readErrorCode(errorResponse('allocate', 486, 'Quota\r\nreached'))).toEqual({
      code: 486,
      reason: 'Quota reached',
    })
  })

  it('cut a long reason', () => {
    expect(readErrorCode(errorResponse('allocate', 400, 'x'.repeat(500))).reason).toHaveLength(127)
  })

  it.each(['00', '0000000401', ''])('return the code 0 or no value for a damaged attribute: %s', (hex) => {
    const damaged = response('allocate', [
      [ATTRIBUTE.errorCode, bytesOf(hex).subarray(0, 3)],
      [ATTRIBUTE.lifetime, bytesOf(hex)],
      [ATTRIBUTE.xorRelayedAddress, bytesOf(hex)],
    ])
    expect(readErrorCode(damaged).code).toBe(0)
    expect(readLifetimeSeconds(damaged)).toBeUndefined()
    expect(readAddress(damaged, 'xorRelayedAddress')).toBeUndefined()
  })

  it('read an alternate server, whose address is not combined with the magic cookie', () => {
    const decoded = errorResponse('allocate', 300, '', [
      [ATTRIBUTE.alternateServer, bytesOf('00010d96 7f000001')],
    ])
    expect(readAddress(decoded, 'alternateServer')).toEqual({
      address: '127.0.0.1',
      port: 3478,
      family: 'IPv4',
    })
  })
})

describe('MessageReader', () => {
  it('returns the messages of a stream, however it is split', () => {
    const stream = Buffer.concat([IPV4_RESPONSE, IPV6_RESPONSE])
    for (const size of [1, 3, 20, 21, 1000]) {
      const reader = new MessageReader()
      const messages: Buffer[] = []
      for (let offset = 0; offset < stream.length; offset += size) {
        messages.push(...reader.read(stream.subarray(offset, offset + size)))
      }
      expect(messages.map((message) => message.equals(IPV4_RESPONSE))).toEqual([true, false])
      expect(messages[1]?.equals(IPV6_RESPONSE)).toBe(true)
      expect(reader.isDamaged).toBe(false)
    }
  })

  it.each([
    'HTTP/1.1 400 Bad Request',
    'SSH-2.0-OpenSSH_9',
    '220 mail.example.org',
    '\xff\xff\xff\xff\xff\xff\xff\xff',
  ])('is damaged by another protocol, and returns nothing from then on: %s', (greeting) => {
    const reader = new MessageReader()
    expect(reader.read(Buffer.from(greeting, 'latin1').subarray(0, 7))).toEqual([])
    expect(reader.isDamaged).toBe(false)
    expect(reader.read(Buffer.from(greeting, 'latin1').subarray(7))).toEqual([])
    expect(reader.isDamaged).toBe(true)
    expect(reader.read(IPV4_RESPONSE)).toEqual([])
  })
})
