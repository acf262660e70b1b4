import type { types } from 'mediasoup-client'
import type { IceServerProvider } from 'turnkeeper'
import { relayOnly, sendNumbers } from './page.js'

const STREAM_ID = 1

export interface StandInTransport {
  /** What mediasoup's server tells a client of a transport, and of a data consumer. */
  readonly parameters: types.TransportOptions
  readonly consumerParameters: types.DataConsumerOptions
  restartIce(): Promise<types.IceParameters>
  /** Learns from the client what mediasoup finds out by itself. */
  follow(client: RTCPeerConnection): void
}

/**
 * Stands for a transport of mediasoup's server, in the page; sends numbers. The real one is an ICE-lite agent at a public
 * address. This one is not, so it needs a relay as well, and it has to be told of the client's ICE parameters.
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
      iceParameters: iceParametersOf(pc),
      iceCandidates: iceCandidatesOf(pc),
      dtlsParameters: { role: 'auto', fingerprints: [fingerprintOf(pc)] },
      sctpParameters: { port: 5000, OS: 1024, MIS: 1024, maxMessageSize: 262_144 },
    },
    consumerParameters: {
      id: 'consumer',
      dataProducerId: 'numbers',
      sctpStreamParameters: { streamId: STREAM_ID, ordered: true },
    },
    follow(client) {
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
      return iceParametersOf(pc)
    },
  }
}

const lineOf = (pc: RTCPeerConnection, name: string) =>
  new RegExp(`^a=${name}:(.+?)\r?$`, 'm').exec(pc.localDescription?.sdp ?? '')?.[1] ?? ''

const iceParametersOf = (pc: RTCPeerConnection): types.IceParameters => ({
  usernameFragment: lineOf(pc, 'ice-ufrag'),
  password: lineOf(pc, 'ice-pwd'),
})

function fingerprintOf(pc: RTCPeerConnection): types.DtlsFingerprint {
  const [algorithm, value = ''] = lineOf(pc, 'serializeServers').split(' ')
  return { algorithm: algorithm as types.FingerprintAlgorithm, value }
}

/** All of mediasoup's candidates are of type `host`. */
function iceCandidatesOf(pc: RTCPeerConnection): types.IceCandidate[] {
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
