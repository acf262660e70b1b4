/** A vite plugin that runs the libp2p relay node of the demo. */
import { circuitRelayServer } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { createLibp2p, type Libp2p } from 'libp2p'
import type { Plugin } from 'vite'

/** `Promise.withResolvers`, which libp2p requires and Node 20 lacks. */
const withResolvers = () => {
  const settle: { resolve?: unknown; reject?: unknown } = {}
  const promise = new Promise((resolve, reject) => Object.assign(settle, { resolve, reject }))
  return { promise, ...settle }
}

/** Serves the address of the node through which two nodes in a page connect. The first request starts the node. */
export function libp2pRelay(): Plugin {
  let started: Promise<Libp2p> | undefined
  const start = () => {
    if (!('withResolvers' in Promise)) Object.assign(Promise, { withResolvers })
    return createLibp2p({
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0/ws'] },
      transports: [webSockets()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: { identify: identify(), relay: circuitRelayServer() },
    })
  }
  return {
    name: 'turnkeeper-demo-libp2p-relay',
    configureServer(server) {
      server.middlewares.use('/api/libp2p-relay', async (_, response) => {
        started ??= start()
        response.end(String((await started).getMultiaddrs()[0]))
      })
      server.httpServer?.once('close', async () => (await started)?.stop())
    },
  }
}
