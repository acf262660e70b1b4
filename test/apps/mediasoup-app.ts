/** A send and a receive transport of mediasoup-client. What the server receives from one it sends to the other. */
import { Device, type types } from 'mediasoup-client'
import { startTransport, UNRELIABLE } from '../../demo/recipes/stand-in-transport.js'
import type { EchoApp } from '../support/echo-apps.js'

/** The class of the remote connections, also while another one takes its place. */
const { RTCPeerConnection: RemoteConnection } = globalThis

export async function startMediasoupCall(
  configuration: RTCConfiguration,
  remoteServers: RTCIceServer[],
): Promise<EchoApp> {
  const errors: string[] = []
  const device = await Device.factory()
  await device.load({ routerRtpCapabilities: { codecs: [], headerExtensions: [] } })
  const connect = async (name: 'createSendTransport' | 'createRecvTransport') => {
    const remote = new RemoteConnection({ ...configuration, iceServers: remoteServers })
    const server = await startTransport(remote)
    const [transport, pc] = recordConnection(() => device[name]({ ...server.parameters, ...configuration }))
    server.followClient(pc, (error) => errors.push(String(error)))
    transport.on('connect', (_, done) => done())
    return { remote, server, transport, pc }
  }
  const sending = await connect('createSendTransport')
  const receiving = await connect('createRecvTransport')
  sending.transport.on('producedata', (_, done) => done({ id: 'producer' }))
  const producer = await sending.transport.produceData(UNRELIABLE)
  const consumer = await receiving.transport.consumeData(receiving.server.consumerParameters)
  sending.server.channel.addEventListener('message', ({ data }) => receiving.server.channel.send(data))
  const isOpen = () => producer.readyState === 'open' && consumer.readyState === 'open'
  return {
    pc: sending.pc,
    errors,
    isOpen,
    send: (text) => producer.send(text),
    onMessage: (listener) => consumer.on('message', listener),
    async restartIce(pc) {
      const { transport, server } = pc === sending.pc ? sending : receiving
      await transport.restartIce({ iceParameters: await server.restartIce() })
    },
    canNegotiate: async () => !sending.transport.closed,
    close() {
      for (const { transport, remote } of [sending, receiving]) {
        transport.close()
        remote.close()
      }
    },
  }
}

/** Creates a transport. Returns its connection as well, which it keeps in a private member. */
function recordConnection(create: () => types.Transport): readonly [types.Transport, RTCPeerConnection] {
  const { RTCPeerConnection } = globalThis
  const created: RTCPeerConnection[] = []
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...args: ConstructorParameters<typeof RTCPeerConnection>) {
      super(...args)
      created.push(this)
    }
  }
  try {
    return [create(), created[0] as RTCPeerConnection]
  } finally {
    globalThis.RTCPeerConnection = RTCPeerConnection
  }
}
