/** A stand-in for a transport of a mediasoup server, inside the page. */
import type { types } from 'mediasoup-client'
import type { IceServerProvider } from 'turnkeeper'
import { relayOnly, sendNumbers } from './page.js'

const STREAM_ID = 1

export interface StandInTransport {
  /** The parameters that a mediasoup server sends to its client. */
  readonly parameters: types.TransportOptions
  readonly consumerParameters: types.DataConsumerOptions
  restartIce(): Promise<types.IceParameters>
  /** Copies the ICE parameters and candidates of the client. A mediasoup server does not need them. */
  followClient(client: RTCPeerConnection): void
}

/**
 * Starts the transport, which sends numbers. A real one is an ICE-lite agent with a public address. This one is not, so it
 * needs a relay and the client's ICE parameters.
 */
export async function startTransport(provider: IceServerProvider): Promise<StandInTransport> {
  const pc = new RTCPeerConnection({ ...relayOnly, iceServers: await provider.getIceServers() })
  const channel = pc.createDataChannel('numbers', { negotiated: true, id: STREAM_ID })
  channel.addEventListener('open', () => {
    const stop = sendNumbers((number) => channel.send(number))
    channel.addEventListener('close', stop)
  })
  await pc.setLocalDescription()
  await new Promise<void>((resolve) => {
    pc.addEventListener('icegatheringstatechange', () => pc.iceGatheringState === 'complete' && resolve())
  })
  return {
    parameters: {
      id: 'transport',
      iceParameters: readIceParameters(pc),
      iceCandidates: readIceCandidates(pc),
      dtlsParameters: { role: 'auto', fingerprints: [readFingerprint(pc)] },
      sctpParameters: { port: 5000, OS: 1024, MIS: 1024, maxMessageSize: 262_144 },
    },
    consumerParameters: {
      id: 'consumer',
      dataProducerId: 'numbers',
      sctpStreamParameters: { streamId: STREAM_ID, ordered: true },
    },
    followClient(client) {
      client.addEventListener('signalingstatechange', async () => {
        if (client.signalingState !== 'stable') return
        const sdp =
          client.localDescription?.sdp.replace(/^(a=mid:|a=group:BUNDLE )datachannel/gm, '$10') ?? ''
        await pc.setRemoteDescription({ type: 'answer', sdp })
      })
      client.addEventListener('icecandidate', ({ candidate }) => {
        if (candidate) pc.addIceCandidate({ ...candidate.toJSON(), sdpMid: null, sdpMLineIndex: 0 })
      })
    },
    async restartIce() {
      pc.setConfiguration({ ...pc.getConfiguration(), iceServers: await provider.getIceServers() })
      await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }))
      return readIceParameters(pc)
    },
  }
}

const readSdpLine = (pc: RTCPeerConnection, name: string) =>
  new RegExp(`^a=${name}:(.+?)\r?$`, 'm').exec(pc.localDescription?.sdp ?? '')?.[1] ?? ''

const readIceParameters = (pc: RTCPeerConnection): types.IceParameters => ({
  usernameFragment: readSdpLine(pc, 'ice-ufrag'),
  password: readSdpLine(pc, 'ice-pwd'),
})

function readFingerprint(pc: RTCPeerConnection): types.DtlsFingerprint {
  const [algorithm, value = ''] = readSdpLine(pc, 'fingerprint').split(' ')
  return { algorithm: algorithm as types.FingerprintAlgorithm, value }
}

/** Presents every candidate as type `host`: a mediasoup server has no others. */
function readIceCandidates(pc: RTCPeerConnection): types.IceCandidate[] {
  const lines = pc.localDescription?.sdp.match(/^a=candidate:.+$/gm) ?? []
  return lines.map((line) => {
    const [foundation = '', , , priority, address = '', port] = line
      .trim()
      .slice('a=candidate:'.length)
      .split(' ')
    const [ip, protocol, type] = [address, 'udp', 'host'] as const
    return { address, ip, protocol, type, foundation, port: Number(port), priority: Number(priority) }
  })
}
