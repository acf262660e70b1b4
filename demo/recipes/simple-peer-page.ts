/** The page of the simple-peer recipe. */
import { countMessage, createProvider, relayOnly, sendNumbers, showCall, showError } from './page.js'
import { receive, startPeer } from './simple-peer.js'

async function start(): Promise<void> {
  const callee = await startPeer(createProvider(), { config: relayOnly })
  const caller = await startPeer(createProvider(), { config: relayOnly, initiator: true })
  caller.on('error', showError)
  callee.on('error', showError)
  caller.on('signal', (signal) => receive(callee, signal))
  callee.on('signal', (signal) => receive(caller, signal))
  callee.on('data', countMessage)
  caller.once('connect', () => {
    const stop = sendNumbers((number) => caller.send(number))
    caller.once('close', stop)
  })
  showCall(() => caller._pc)
}

start().catch(showError)
