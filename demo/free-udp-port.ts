/** Finds a free UDP port on loopback. */
import { createSocket } from 'node:dgram'

/** Resolves with a UDP port that is free now. TURN servers do not accept port 0: they use their default port instead. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  await new Promise<void>((resolve) => socket.close(() => resolve()))
  return port
}
