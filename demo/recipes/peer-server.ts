/** A vite plugin that runs the signaling server of PeerJS. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PeerServer } from 'peer'
import type { Plugin } from 'vite'

/** Starts the server on loopback. */
export async function startPeerServer() {
  const server = await new Promise<Server>((resolve) => {
    PeerServer({ host: '127.0.0.1', port: 0, path: '/' }, (started) => resolve(started as Server))
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Serves the address of the signaling server. The first request starts it on a separate port. */
export function peerServer(): Plugin {
  let started: ReturnType<typeof startPeerServer> | undefined
  return {
    name: 'turnkeeper-demo-peer-server',
    configureServer(server) {
      server.middlewares.use('/api/peer-server', async (_, response) => {
        started ??= startPeerServer()
        const port = Number(new URL((await started).url).port)
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ host: '127.0.0.1', port, path: '/' }))
      })
      server.httpServer?.once('close', async () => {
        const running = await started
        running?.stop()
      })
    },
  }
}
