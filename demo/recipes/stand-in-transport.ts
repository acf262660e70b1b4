/** A stand-in for a transport of a mediasoup server, inside the page. */
import type { types } from 'mediasoup-client'

/** The first stream id of a send transport of mediasoup-client. */
const STREAM_ID = 0

export const UNRELIABLE = { ordered: false, maxRetransmits: 0 }

export interface StandInTransport {
  /** The data channel of the server: it receives from the data producer, or sends to the data consumer. */
  readonly channel: RTCDataChannel
  /** The parameters that a mediasoup server sends to its client. */
  readonly parameters: types.TransportOptions
  readonly consumerParameters: types.DataConsumerOptions
  restartIce(): Promise<types.IceParameters>
  /** Copies the ICE parameters and candidates of the client. A mediasoup server does not need them. */
  followClient(client: RTCPeerConnection, onError: (error: unknown) => void): void
}

/**
 * Starts the transport. A real one is an ICE-lite agent with a public address. This one is not, so it needs a relay and the
 * client's ICE parameters.
 *
 * @param pc - The connection of the server. Its credentials must stay valid.
 */
export async function startTransport(pc: RTCPeerConnection): Promise<StandInTransport> {
  const channel = pc.createDataChannel('numbers', { negotiated: true, id: STREAM_ID, ...UNRELIABLE })
  await pc.setLocalDescription()
  await new Promise<void>((resolve) => {
    pc.addEventListener('icegatheringstatechange', () => pc.iceGatheringState === 'complete' && resolve())
  })
  return {
    channel,
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
      sctpStreamParameters: { streamId: STREAM_ID, ...UNRELIABLE },
    },
    followClient(client, onError) {
      client.addEventListener('signalingstatechange', () => {
        if (client.signalingState !== 'stable') return
        const sdp = toAnswer(client.localDescription?.sdp ?? '')
        pc.setRemoteDescription({ type: 'answer', sdp }).catch(onError)
      })
      client.addEventListener('icecandidate', ({ candidate }) => {
        // The SDP of a stable client contains the candidates before.
        if (!candidate || client.signalingState !== 'stable') return
        pc.addIceCandidate({ ...candidate.toJSON(), sdpMid: null, sdpMLineIndex: 0 }).catch(onError)
      })
    },
    async restartIce() {
      await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }))
      return readIceParameters(pc)
    },
  }
}

/** The SDP of the client is an offer if it sends. mediasoup-client calls the section of a receiver `datachannel`. */
const toAnswer = (sdp: string) =>
  sdp.replace(/^(a=mid:|a=group:BUNDLE )datachannel/gm, '$10').replace(/^a=setup:actpass/gm, 'a=setup:active')

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
