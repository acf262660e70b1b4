/** The page of the mediasoup-client recipe. */
import { Device } from 'mediasoup-client'
import { connectionOf, keepFresh } from './mediasoup.js'
import { countMessage, createProvider, relayOnly, showCall, showError } from './page.js'
import { startTransport } from './stand-in-transport.js'

async function start(): Promise<void> {
  const provider = createProvider()
  const server = await startTransport(provider)
  const device = await Device.factory()
  await device.load({ routerRtpCapabilities: { codecs: [], headerExtensions: [] } })
  const transport = device.createRecvTransport({
    ...server.parameters,
    ...relayOnly,
    iceServers: await provider.getIceServers(),
  })
  keepFresh(transport, provider, () => server.restartIce())
  showCall(() => connectionOf(transport))

  server.followClient(connectionOf(transport))
  transport.on('connect', (_, done) => done())
  const consumer = await transport.consumeData(server.consumerParameters)
  consumer.on('message', countMessage)
}

start().catch(showError)
