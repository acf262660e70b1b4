/** The page of the js-libp2p recipe. */
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { freshWebRTC, keepFresh, peerConnectionOf } from './libp2p.js'
import { countMessage, createProvider, relayOnly, sendNumbers, showCall, showError } from './page.js'

const PROTOCOL = '/numbers/1.0.0'

async function startNode(listen: string[] = []) {
  const provider = createProvider()
  const node = await createLibp2p({
    addresses: { listen },
    transports: [webSockets(), circuitRelayTransport(), freshWebRTC(provider, relayOnly)],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false }, // the relay is on loopback
    services: { identify: identify() },
  })
  keepFresh(node, provider)
  return node
}

async function start(): Promise<void> {
  const relay = await (await fetch('/api/libp2p-relay')).text()
  const callee = await startNode([`${relay}/p2p-circuit`, '/webrtc'])
  await callee.handle(PROTOCOL, (stream) => stream.addEventListener('message', countMessage))
  const caller = await startNode()
  const addresses = callee.getMultiaddrs().filter((address) => String(address).includes('/webrtc/'))
  const connection = await caller.dial(addresses)
  showCall(() => peerConnectionOf(connection))
  const stream = await connection.newStream(PROTOCOL)
  const stop = sendNumbers((number) => stream.send(new TextEncoder().encode(number)))
  stream.addEventListener('close', stop)
}

start().catch(showError)
