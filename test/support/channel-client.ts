/** A TURN client that binds channels, for tests of the embedded TURN server. */
import { createHash } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { on, once } from 'node:events'
import { onTestFinished } from 'vitest'
import { readAddress } from '../../src/cli/stun/attributes.js'
import {
  ATTRIBUTE,
  decodeResponse,
  encodeRequest,
  MAGIC_COOKIE,
  METHOD,
  type StunAttribute,
  type StunResponse,
} from '../../src/cli/stun/message.js'
import { credentialsOf } from './checked-turn.js'
import type { startEmbeddedTurn } from './embedded-turn.js'

/** RFC 8656 §17. */
const TURN_METHOD = { ...METHOD, createPermission: 0x008, channelBind: 0x009 } as const

/** RFC 8656 §18. */
const CHANNEL_NUMBER = 0x000c
const XOR_PEER_ADDRESS = 0x0012
const UDP = Buffer.from([17, 0, 0, 0])

/** Opens a UDP socket on loopback for one test. `next` resolves with the oldest packet that it has not returned yet. */
export async function openSocket() {
  const socket = createSocket('udp4')
  const packets = on(socket, 'message')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  return {
    port: socket.address().port,
    send: (packet: Buffer, port: number) => socket.send(packet, port, '127.0.0.1'),
    next: async (): Promise<Buffer> => (await packets.next()).value[0],
  }
}

/** Returns a ChannelData message, padded to a multiple of 4 bytes (RFC 8656 §12.4). */
export function encodeChannelData(channel: number, data: Buffer): Buffer {
  const header = Buffer.alloc(4)
  header.writeUInt16BE(channel, 0)
  header.writeUInt16BE(data.length, 2)
  return Buffer.concat([header, data, Buffer.alloc(-data.length & 3)])
}

/** Returns the attribute for a peer on loopback. */
export function peerOnLoopback(port: number): StunAttribute {
  const value = Buffer.from([0, 1, 0, 0, 127, 0, 0, 1])
  value.writeUInt16BE(port ^ (MAGIC_COOKIE >>> 16), 2)
  value.writeUInt32BE((value.readUInt32BE(4) ^ MAGIC_COOKIE) >>> 0, 4)
  return [XOR_PEER_ADDRESS, value]
}

/** Opens a client with an allocation on the embedded TURN server, for one test. */
export async function openChannelClient(turn: Awaited<ReturnType<typeof startEmbeddedTurn>>) {
  const { username, credential } = credentialsOf(await turn.issueCredentials(7200))
  const serverPort = Number(/:(\d+)\?/.exec(turn.urls[0] ?? '')?.[1])
  const socket = await openSocket()
  const send = (packet: Buffer) => socket.send(packet, serverPort)

  const exchange = async (request: Buffer): Promise<StunResponse> => {
    send(request)
    const response = decodeResponse(await socket.next())
    if (!response) throw new Error('the server sent something other than a response')
    return response
  }

  const transport: StunAttribute = [ATTRIBUTE.requestedTransport, UDP]
  const challenge = (await exchange(encodeRequest(METHOD.allocate, [transport]).bytes)).attributes
  const realm = challenge.get(ATTRIBUTE.realm) ?? Buffer.alloc(0)
  const nonce = challenge.get(ATTRIBUTE.nonce) ?? Buffer.alloc(0)
  const key = createHash('md5').update(`${username}:${realm}:${credential}`).digest()
  const encodeSigned = (method: keyof typeof TURN_METHOD, ...attributes: StunAttribute[]) => {
    const credentials: StunAttribute[] = [
      [ATTRIBUTE.username, Buffer.from(username)],
      [ATTRIBUTE.realm, realm],
      [ATTRIBUTE.nonce, nonce],
    ]
    return encodeRequest(TURN_METHOD[method], [...attributes, ...credentials], key).bytes
  }
  const allocateRequest = encodeSigned('allocate', transport)
  const allocated = await exchange(allocateRequest)
  return {
    key,
    allocateRequest,
    relayedPort: readAddress(allocated, 'xorRelayedAddress')?.port ?? 0,
    send,
    next: socket.next,
    allocateAgain: () => exchange(encodeSigned('allocate', transport)),
    permit: (peer: StunAttribute) => exchange(encodeSigned('createPermission', peer)),
    bind(channel: number, peer: StunAttribute) {
      const value = Buffer.alloc(4)
      value.writeUInt16BE(channel, 0)
      return exchange(encodeSigned('channelBind', [CHANNEL_NUMBER, value], peer))
    },
  }
}
