/** The page of the recipe without a library. */
import { countMessage, createProvider, relayOnly, sendNumbers, showCall, showError } from './page.js'
import { type Peer, startPeer } from './plain.js'

async function start(): Promise<void> {
  const peers: [caller: Promise<Peer>, callee: Promise<Peer>] = [
    startPeer(createProvider(), false, async (message) => (await peers[1]).receive(message), relayOnly),
    startPeer(createProvider(), true, async (message) => (await peers[0]).receive(message), relayOnly),
  ]
  const [caller, callee] = await Promise.all(peers)
  showCall(() => caller.pc)
  callee.pc.addEventListener('datachannel', ({ channel }) =>
    channel.addEventListener('message', countMessage),
  )
  const channel = caller.pc.createDataChannel('numbers')
  channel.addEventListener('open', () => {
    const stop = sendNumbers((number) => channel.send(number))
    channel.addEventListener('close', stop)
  })
}

start().catch(showError)
