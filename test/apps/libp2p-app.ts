/** A connection of two js-libp2p nodes in this page, which meet through a relay node. Its streams are reliable. */
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { webRTC } from '@libp2p/webrtc'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import type { EchoApp } from '../support/echo-apps.js'

const PROTOCOL = '/numbers/1.0.0'

const startNode = (rtcConfiguration: RTCConfiguration, listen: string[] = []) =>
  createLibp2p({
    addresses: { listen },
    transports: [webSockets(), circuitRelayTransport(), webRTC({ rtcConfiguration })],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false }, // the relay node is on loopback
    services: { identify: identify() },
  })

/** The connection, which libp2p keeps in private members. */
const peerConnectionOf = (connection: object) =>
  (connection as { maConn: { peerConnection: RTCPeerConnection } }).maConn.peerConnection

export async function startLibp2pCall(configuration: RTCConfiguration, relay: string): Promise<EchoApp> {
  const callee = await startNode(configuration, [`${relay}/p2p-circuit`, '/webrtc'])
  await callee.handle(PROTOCOL, (stream) =>
    stream.addEventListener('message', ({ data }) => void stream.send(data)),
  )
  const caller = await startNode(configuration)
  const connection = await caller.dial(
    callee.getMultiaddrs().filter((address) => String(address).includes('/webrtc/')),
  )
  const stream = await connection.newStream(PROTOCOL)
  return {
    pc: peerConnectionOf(connection),
    errors: [],
    isOpen: () => stream.status === 'open',
    send: (text) => void stream.send(new TextEncoder().encode(text)),
    onMessage: (listener) => stream.addEventListener('message', listener),
    canNegotiate: async () => false, // libp2p makes one offer only
    close: () => void Promise.all([caller.stop(), callee.stop()]),
  }
}
