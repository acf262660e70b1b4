/** Finds a free TCP port on loopback. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Resolves with a TCP port that is free now, for servers that cannot report which one they have chosen. */
export async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
