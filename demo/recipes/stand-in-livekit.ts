import {
  JoinRequest,
  JoinResponse,
  ParticipantInfo,
  Room,
  ServerInfo,
  SessionDescription,
  SignalRequest,
  SignalResponse,
  SignalTarget,
  TrickleRequest,
  WrappedJoinRequest,
  WrappedJoinRequest_Compression,
} from '@livekit/protocol'
import type { IceServerProvider } from 'turnkeeper'
import { relayOnly, showFault } from './page.js'

export const STAND_IN_URL = 'ws://livekit.invalid'

/** Makes sockets to that address end in the page, at what stands for a LiveKit server. */
export async function startServer(provider: IceServerProvider, onMessage: () => void): Promise<void> {
  const iceServers = await provider.getIceServers()
  globalThis.WebSocket = new Proxy(WebSocket, {
    construct(RealSocket, [url, protocols]) {
      if (!String(url).startsWith(STAND_IN_URL)) return new RealSocket(url, protocols)
      const pc = new RTCPeerConnection({ ...relayOnly, iceServers })
      provider.attach(pc, { restartIce: 'never' }) // the client makes the offers
      pc.addEventListener('datachannel', ({ channel }) => channel.addEventListener('message', onMessage))
      return new StandInSocket(String(url), pc)
    },
  })
}

/**
 * Both a socket and the server at its other end: takes the client's offers and answers them. A real LiveKit server is at
 * a public address and needs no relay of its own.
 */
class StandInSocket extends EventTarget {
  readonly protocol = ''
  readonly extensions = ''
  readonly readyState = WebSocket.OPEN
  onopen: ((event: Event) => void) | undefined
  onmessage: ((event: MessageEvent) => void) | undefined
  readonly #pc: RTCPeerConnection

  constructor(url: string, pc: RTCPeerConnection) {
    super()
    this.#pc = pc
    pc.addEventListener('icecandidate', ({ candidate }) => {
      const candidateInit = JSON.stringify(candidate)
      const value = new TrickleRequest({ candidateInit, target: SignalTarget.PUBLISHER })
      if (candidate) this.#reply({ case: 'trickle', value })
    })
    this.#join(url).catch(showFault)
  }

  send(data: ArrayBuffer): void {
    this.#take(SignalRequest.fromBinary(new Uint8Array(data))).catch(showFault)
  }

  close(): void {
    this.#pc.close()
  }

  async #join(url: string): Promise<void> {
    const offer = await offerIn(url)
    this.onopen?.(new Event('open'))
    const value = new JoinResponse({
      room: new Room({ sid: 'RM_room', name: 'room' }),
      participant: new ParticipantInfo({ sid: 'PA_participant', identity: 'participant' }),
      serverInfo: new ServerInfo({ version: '1.9.0' }),
      pingInterval: 3600, // in seconds: none is answered here
      pingTimeout: 7200,
    })
    setTimeout(() => {
      this.#reply({ case: 'join', value })
      if (offer) this.#answer(offer).catch(showFault)
    })
  }

  async #take({ message }: SignalRequest): Promise<void> {
    if (message.case === 'offer') await this.#answer(message.value)
    if (message.case === 'trickle') await this.#pc.addIceCandidate(JSON.parse(message.value.candidateInit))
  }

  async #answer({ sdp, id }: SessionDescription): Promise<void> {
    await this.#pc.setRemoteDescription({ type: 'offer', sdp })
    await this.#pc.setLocalDescription()
    const answer = this.#pc.localDescription?.sdp ?? ''
    this.#reply({ case: 'answer', value: new SessionDescription({ type: 'answer', sdp: answer, id }) })
  }

  #reply(message: SignalResponse['message']): void {
    const data = new SignalResponse({ message }).toBinary().slice().buffer
    this.onmessage?.(new MessageEvent('message', { data }))
  }
}

/** Chromium's client sends its first offer within the address. */
async function offerIn(url: string): Promise<SessionDescription | undefined> {
  const text = new URL(url).searchParams.get('join_request') ?? ''
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
  const { compression, joinRequest } = WrappedJoinRequest.fromBinary(bytes)
  if (compression !== WrappedJoinRequest_Compression.GZIP)
    return JoinRequest.fromBinary(joinRequest).publisherOffer
  const unzipped = new Blob([joinRequest.slice()]).stream().pipeThrough(new DecompressionStream('gzip'))
  return JoinRequest.fromBinary(new Uint8Array(await new Response(unzipped).arrayBuffer())).publisherOffer
}
