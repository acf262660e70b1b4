/** The page of the mediasoup-client recipe. */
import { Device } from 'mediasoup-client'
import { createTransport } from './mediasoup.js'
import { countMessage, createProvider, relayOnly, showCall, showError } from './page.js'
import { startTransport } from './stand-in-transport.js'

async function start(): Promise<void> {
  const provider = createProvider()
  const server = await startTransport(provider)
  const device = await Device.factory()
  await device.load({ routerRtpCapabilities: { codecs: [], headerExtensions: [] } })
  provider.once('attach', (connection) => {
    const pc = connection as RTCPeerConnection
    showCall(() => pc)
    server.followClient(pc)
  })
  const create = () => device.createRecvTransport({ ...server.parameters, ...relayOnly })
  const transport = createTransport(create, provider, () => server.restartIce())

  transport.on('connect', (_, done) => done())
  const consumer = await transport.consumeData(server.consumerParameters)
  consumer.on('message', countMessage)
}

start().catch(showError)
