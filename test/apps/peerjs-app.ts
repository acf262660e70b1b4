/** A call of two PeerJS peers in this page. PeerJS's channel is reliable. */
import { Peer, type PeerOptions } from 'peerjs'
import type { EchoApp } from '../support/echo-apps.js'

async function open(options: PeerOptions): Promise<Peer> {
  const peer = new Peer(options)
  await new Promise((resolve, reject) => peer.once('open', resolve).once('error', reject))
  return peer
}

export async function startPeerJsCall(config: RTCConfiguration, url: string): Promise<EchoApp> {
  const { hostname, port } = new URL(url)
  const options = { host: hostname, port: Number(port), path: '/', config }
  const [caller, callee] = await Promise.all([open(options), open(options)])
  callee.on('connection', (connection) => connection.on('data', (data) => connection.send(data)))
  const errors: string[] = []
  const connection = caller.connect(callee.id, { serialization: 'json' })
  connection.on('error', (error) => errors.push(String(error)))
  await new Promise((resolve) => connection.once('open', () => resolve(undefined)))
  const pc = connection.peerConnection
  return {
    pc,
    errors,
    isOpen: () => connection.open,
    send: (text) => connection.send(text),
    onMessage: (listener) => connection.on('data', listener),
    canNegotiate: async () => false, // PeerJS closes a connection at a second offer
    close() {
      caller.destroy()
      callee.destroy()
    },
  }
}
