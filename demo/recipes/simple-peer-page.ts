/** The page of the simple-peer recipe. */
import type SimplePeer from 'simple-peer'
import { countMessage, createProvider, relayOnly, sendNumbers, showCall, showError } from './page.js'
import { startPeer } from './simple-peer.js'

const callee = startPeer(createProvider(), { config: relayOnly })
const caller = startPeer(createProvider(), { config: relayOnly, initiator: true })
caller.on('error', showError)
callee.on('error', showError)
caller.on('signal', (signal) => callee.signal(signal))
callee.on('signal', (signal) => caller.signal(signal))
callee.on('data', countMessage)
caller.once('connect', () => {
  const stop = sendNumbers((number) => caller.send(number))
  caller.once('close', stop)
})
showCall(() => (caller as SimplePeer.Instance & { _pc: RTCPeerConnection })._pc)
