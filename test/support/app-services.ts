/** Starts the servers of the apps with libraries. */
import { fileURLToPath } from 'node:url'
import { startLibp2pRelay } from '../../demo/recipes/libp2p-relay.js'
import { startPeerServer } from '../../demo/recipes/peer-server.js'
import { freeTcpPort } from './free-tcp-port.js'
import { startJanus } from './janus.js'
import { startKamailio } from './kamailio.js'
import { startNostrRelay } from './nostr-relay.js'
import { startServerProcess } from './server-process.js'

const Y_WEBRTC = fileURLToPath(new URL('../../node_modules/y-webrtc/bin/server.js', import.meta.url))

async function startYjsSignaling() {
  const port = await freeTcpPort()
  const server = await startServerProcess(process.execPath, [Y_WEBRTC], {
    ready: /Signaling server running/,
    env: { PORT: String(port) },
  })
  return { url: `ws://127.0.0.1:${port}`, stop: server.stop }
}

export type AppServices = Awaited<ReturnType<typeof startAppServices>>

/** Starts all of them. `urls` has their URLs by the names of the apps. */
export async function startAppServices() {
  const services = {
    janus: await startJanus(),
    sip: await startKamailio(),
    yjs: await startYjsSignaling(),
    trystero: await startNostrRelay(),
    peerjs: await startPeerServer(),
    libp2p: await startLibp2pRelay(),
  }
  const entries = Object.entries(services)
  return {
    urls: Object.fromEntries(entries.map(([app, { url }]) => [app, url])),
    stop: () => Promise.all(entries.map(([, service]) => service.stop())),
  }
}
