/** The page of the js-libp2p recipe. */
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { loadWebRTC } from './libp2p.js'
import { countMessage, createProvider, relayOnly, sendNumbers, showCall, showError } from './page.js'

const PROTOCOL = '/numbers/1.0.0'

type WebRTC = Awaited<ReturnType<typeof loadWebRTC>>

const startNode = (webRTC: WebRTC, listen: string[] = []) =>
  createLibp2p({
    addresses: { listen },
    transports: [webSockets(), circuitRelayTransport(), webRTC],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false }, // the relay is on loopback
    services: { identify: identify() },
  })

/** Returns the connection, which libp2p keeps in private members, for the state that the page shows. */
const peerConnectionOf = (connection: object) =>
  (connection as { maConn?: { peerConnection?: RTCPeerConnection } }).maConn?.peerConnection

async function start(): Promise<void> {
  const webRTC = await loadWebRTC(createProvider(), relayOnly)
  const relay = await (await fetch('/api/libp2p-relay')).text()
  const callee = await startNode(webRTC, [`${relay}/p2p-circuit`, '/webrtc'])
  await callee.handle(PROTOCOL, (stream) => stream.addEventListener('message', countMessage))
  const caller = await startNode(webRTC)
  const addresses = callee.getMultiaddrs().filter((address) => String(address).includes('/webrtc/'))
  const connection = await caller.dial(addresses)
  showCall(() => peerConnectionOf(connection))
  const stream = await connection.newStream(PROTOCOL)
  const stop = sendNumbers((number) => stream.send(new TextEncoder().encode(number)))
  stream.addEventListener('close', stop)
}

start().catch(showError)
