/** A gateway in front of a UDP server, which can lose every flow at once, as when a device changes its network. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** Starts a gateway on loopback to the port of a server. */
export async function startUdpGateway(serverPort: number) {
  const gateway = createSocket('udp4')
  /** By address of the client: its socket to the server, or `undefined` after a change of the network. */
  const flows = new Map<string, Socket | undefined>()
  const openFlow = (client: string, { address, port }: RemoteInfo) => {
    const flow = createSocket('udp4')
    flow.on('message', (packet) => {
      if (flows.get(client) === flow) gateway.send(packet, port, address)
    })
    flows.set(client, flow)
    return flow
  }
  gateway.on('message', (packet, remote) => {
    const client = `${remote.address}:${remote.port}`
    const flow = flows.has(client) ? flows.get(client) : openFlow(client, remote)
    flow?.send(packet, serverPort, '127.0.0.1')
  })
  gateway.bind(0, '127.0.0.1')
  await once(gateway, 'listening')
  const close = () => {
    for (const [client, flow] of flows) {
      flow?.close()
      flows.set(client, undefined)
    }
  }
  return {
    port: gateway.address().port,
    /** Loses the flows of all clients so far. Packets from new ports of theirs pass. */
    changeNetwork: close,
    stop() {
      close()
      gateway.close()
    },
  }
}
