/** A vite plugin that runs the libp2p relay node of the demo. */
import { circuitRelayServer } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import type { Plugin } from 'vite'

/** `Promise.withResolvers`, which libp2p requires and Node 20 lacks. */
const withResolvers = () => {
  const settle: { resolve?: unknown; reject?: unknown } = {}
  const promise = new Promise((resolve, reject) => Object.assign(settle, { resolve, reject }))
  return { promise, ...settle }
}

/** Starts the node through which two nodes in a page connect. Its URL is a multiaddr. */
export async function startLibp2pRelay(): Promise<{ url: string; stop(): Promise<void> }> {
  if (!('withResolvers' in Promise)) Object.assign(Promise, { withResolvers })
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0/ws'] },
    transports: [webSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify(), relay: circuitRelayServer() },
  })
  return { url: String(node.getMultiaddrs()[0]), stop: async () => node.stop() }
}

/** Serves the address of the node. The first request starts it. */
export function libp2pRelay(): Plugin {
  let started: ReturnType<typeof startLibp2pRelay> | undefined
  return {
    name: 'turnkeeper-demo-libp2p-relay',
    configureServer(server) {
      server.middlewares.use('/api/libp2p-relay', async (_, response) => {
        started ??= startLibp2pRelay()
        response.end((await started).url)
      })
      server.httpServer?.once('close', async () => (await started)?.stop())
    },
  }
}
