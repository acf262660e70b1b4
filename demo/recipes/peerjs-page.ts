/** The page of the PeerJS recipe. */
import { Peer } from 'peerjs'
import { countMessage, createProvider, relayOnly, sendNumbers, showCall, showError } from './page.js'
import { keepFresh } from './peerjs.js'

const open = (peer: Peer) => new Promise<Peer>((resolve) => peer.once('open', () => resolve(peer)))

async function start(): Promise<void> {
  const server = await (await fetch('/api/peer-server')).json()
  keepFresh(createProvider())
  const create = () => open(new Peer({ ...server, config: relayOnly }))
  const [caller, callee] = await Promise.all([create(), create()])
  caller.on('error', showError)
  callee.on('error', showError)
  callee.on('connection', (connection) => connection.on('data', countMessage))
  const connection = caller.connect(callee.id)
  connection.on('open', () => {
    const stop = sendNumbers((number) => connection.send(number))
    connection.on('close', stop)
  })
  showCall(() => connection.peerConnection)
}

start().catch(showError)
