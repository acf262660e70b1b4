/** A stand-in for a LiveKit server, inside the page. */
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

export const STAND_IN_URL = 'ws://livekit.invalid'

/**
 * Replaces `WebSocket`: a socket to `STAND_IN_URL` is connected to the stand-in.
 *
 * @param createConnection - Creates the connection of the server. Its credentials must stay valid.
 */
export function startServer(
  createConnection: () => RTCPeerConnection,
  onError: (error: unknown) => void,
): void {
  globalThis.WebSocket = new Proxy(WebSocket, {
    construct(RealSocket, [url, protocols]) {
      if (!String(url).startsWith(STAND_IN_URL)) return new RealSocket(url, protocols)
      return new StandInSocket(String(url), createConnection(), onError)
    },
  })
}

/**
 * The socket and the server in one object. It answers the client's offers. A real LiveKit server has a public address and
 * needs no relay.
 */
class StandInSocket extends EventTarget {
  readonly protocol = ''
  readonly extensions = ''
  readonly readyState = WebSocket.OPEN
  onopen: ((event: Event) => void) | undefined
  onmessage: ((event: MessageEvent) => void) | undefined
  readonly #pc: RTCPeerConnection
  readonly #onError: (error: unknown) => void

  constructor(url: string, pc: RTCPeerConnection, onError: (error: unknown) => void) {
    super()
    this.#pc = pc
    this.#onError = onError
    pc.addEventListener('icecandidate', ({ candidate }) => {
      const candidateInit = JSON.stringify(candidate)
      const value = new TrickleRequest({ candidateInit, target: SignalTarget.PUBLISHER })
      if (candidate) this.#send({ case: 'trickle', value })
    })
    this.#join(url).catch(this.#onError)
  }

  send(data: ArrayBuffer): void {
    this.#handle(SignalRequest.fromBinary(new Uint8Array(data))).catch(this.#onError)
  }

  close(): void {
    this.#pc.close()
  }

  async #join(url: string): Promise<void> {
    const offer = await readOffer(url)
    this.onopen?.(new Event('open'))
    const value = new JoinResponse({
      room: new Room({ sid: 'RM_room', name: 'room' }),
      participant: new ParticipantInfo({ sid: 'PA_participant', identity: 'participant' }),
      serverInfo: new ServerInfo({ version: '1.9.0' }),
      pingInterval: 3600, // seconds; the stand-in does not respond to pings
      pingTimeout: 7200,
    })
    setTimeout(() => {
      this.#send({ case: 'join', value })
      if (offer) this.#answer(offer).catch(this.#onError)
    })
  }

  async #handle({ message }: SignalRequest): Promise<void> {
    if (message.case === 'offer') await this.#answer(message.value)
    if (message.case === 'trickle') await this.#pc.addIceCandidate(JSON.parse(message.value.candidateInit))
  }

  async #answer({ sdp, id }: SessionDescription): Promise<void> {
    await this.#pc.setRemoteDescription({ type: 'offer', sdp })
    await this.#pc.setLocalDescription()
    const answer = this.#pc.localDescription?.sdp ?? ''
    this.#send({ case: 'answer', value: new SessionDescription({ type: 'answer', sdp: answer, id }) })
  }

  #send(message: SignalResponse['message']): void {
    const data = new SignalResponse({ message }).toBinary().slice().buffer
    this.onmessage?.(new MessageEvent('message', { data }))
  }
}

/** Returns the first offer, which the client sends in the URL in Chromium. */
async function readOffer(url: string): Promise<SessionDescription | undefined> {
  const text = new URL(url).searchParams.get('join_request') ?? ''
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
  const { compression, joinRequest } = WrappedJoinRequest.fromBinary(bytes)
  if (compression !== WrappedJoinRequest_Compression.GZIP)
    return JoinRequest.fromBinary(joinRequest).publisherOffer
  const unzipped = new Blob([joinRequest.slice()]).stream().pipeThrough(new DecompressionStream('gzip'))
  return JoinRequest.fromBinary(new Uint8Array(await new Response(unzipped).arrayBuffer())).publisherOffer
}
