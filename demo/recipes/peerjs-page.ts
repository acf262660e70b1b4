/** The page of the PeerJS recipe. */
import type { Peer } from 'peerjs'
import { countMessage, createProvider, relayOnly, sendNumbers, showCall, showError } from './page.js'
import { keepFresh, startPeer } from './peerjs.js'

const open = (peer: Peer) => new Promise<Peer>((resolve) => peer.once('open', () => resolve(peer)))

async function start(): Promise<void> {
  const server = await (await fetch('/api/peer-server')).json()
  const providers = [createProvider(), createProvider()] as const
  const [caller, callee] = await Promise.all(
    providers.map(async (provider) => open(await startPeer(provider, { ...server, config: relayOnly }))),
  )
  if (!caller || !callee) return
  caller.on('error', showError)
  callee.on('error', showError)
  callee.on('connection', (connection) => {
    connection.on('data', countMessage)
    connection.on('open', () => keepFresh(connection, providers[1], true))
  })
  const connection = caller.connect(callee.id)
  connection.on('open', () => {
    keepFresh(connection, providers[0], false)
    const stop = sendNumbers((number) => connection.send(number))
    connection.on('close', stop)
  })
  showCall(() => connection.peerConnection)
}

start().catch(showError)
