import { countMessage, createProvider, relayOnly, sendNumbers, showCall, showFault } from './page.js'
import { type End, startEnd } from './plain.js'

async function start(): Promise<void> {
  const ends: [caller: Promise<End>, callee: Promise<End>] = [
    startEnd(createProvider(), false, async (message) => (await ends[1]).receive(message), relayOnly),
    startEnd(createProvider(), true, async (message) => (await ends[0]).receive(message), relayOnly),
  ]
  const [caller, callee] = await Promise.all(ends)
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

start().catch(showFault)
