/** The page of the mediasoup-client recipe. */
import { Device } from 'mediasoup-client'
import { createTransport } from './mediasoup.js'
import { countMessage, createProvider, relayOnly, sendNumbers, showCall, showError } from './page.js'
import { startTransport } from './stand-in-transport.js'

async function start(): Promise<void> {
  const provider = createProvider()
  const server = await startTransport(await createServerConnection())
  const device = await Device.factory()
  await device.load({ routerRtpCapabilities: { codecs: [], headerExtensions: [] } })
  provider.once('attach', (connection) => {
    const pc = connection as RTCPeerConnection
    showCall(() => pc)
    server.followClient(pc, showError)
  })
  const create = () => device.createRecvTransport({ ...server.parameters, ...relayOnly })
  const transport = createTransport(create, provider, () => server.restartIce())

  server.channel.addEventListener('open', () => {
    const stop = sendNumbers((number) => server.channel.send(number))
    server.channel.addEventListener('close', stop)
  })
  transport.on('connect', (_, done) => done())
  const consumer = await transport.consumeData(server.consumerParameters)
  consumer.on('message', countMessage)
}

/** Creates the connection of the server, which has a provider of its own. Its client requests the ICE restarts. */
async function createServerConnection(): Promise<RTCPeerConnection> {
  const provider = createProvider()
  const pc = new RTCPeerConnection({ ...relayOnly, iceServers: await provider.getIceServers() })
  provider.attach(pc, { restartIce: 'never' })
  return pc
}

start().catch(showError)
