/** STUN servers on UDP that respond as a test wants. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { ATTRIBUTE, METHOD, type StunAttribute, type StunMethod } from '../../src/cli/stun/message.js'
import { encodeResponse, errorCode } from './stun-messages.js'

/** With it a server challenges a request without credentials. */
export const CHALLENGE: readonly StunAttribute[] = [
  [ATTRIBUTE.realm, Buffer.from('realm')],
  [ATTRIBUTE.nonce, Buffer.from('nonce')],
]

/** Starts a server for one test. It responds to each request with the packets that the function returns. */
export async function startStunServer(respond: (request: Buffer) => readonly (Buffer | string)[]) {
  const socket = createSocket('udp4')
  let count = 0
  socket.on('message', (request, { port, address }) => {
    count++
    for (const packet of respond(request)) socket.send(packet, port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  return { url: `127.0.0.1:${socket.address().port}`, requestCount: () => count }
}

/** Returns the transaction id of a request. */
export const idOf = (request: Buffer): Buffer => request.subarray(8, 20)

export const methodOf = (request: Buffer): StunMethod =>
  request.readUInt16BE(0) === METHOD.binding ? 'binding' : 'allocate'

/** Returns an error response to a request. */
export function rejection(request: Buffer, code: number, ...others: readonly StunAttribute[]): Buffer {
  return encodeResponse(methodOf(request), [errorCode(code), ...others], {
    isError: true,
    transactionId: idOf(request),
  })
}
