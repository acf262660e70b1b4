/** A vite plugin that runs the signalling server of PeerJS. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PeerServer } from 'peer'
import type { Plugin } from 'vite'

/** Serves the address of the signalling server. The first request starts it on a separate port. */
export function peerServer(): Plugin {
  let started: Promise<Server> | undefined
  const start = () =>
    new Promise<Server>((resolve) => {
      PeerServer({ host: '127.0.0.1', port: 0, path: '/' }, (server) => resolve(server as Server))
    })
  return {
    name: 'turnkeeper-demo-peer-server',
    configureServer(server) {
      server.middlewares.use('/api/peer-server', async (_, response) => {
        started ??= start()
        const { port } = (await started).address() as AddressInfo
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ host: '127.0.0.1', port, path: '/' }))
      })
      server.httpServer?.once('close', async () => {
        const running = await started
        running?.close()
        running?.closeAllConnections()
      })
    },
  }
}
