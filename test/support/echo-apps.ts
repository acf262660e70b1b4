/** The apps of the interoperability test: how each sets up a call whose remote peer sends every message back. */

/** A call that an app has set up. */
export interface EchoApp {
  readonly pc: RTCPeerConnection
  isOpen(): boolean
  send(text: string): void
  onMessage(listener: () => void): void
  /** Stops to deliver offers to the remote peer, or continues. */
  deliverOffers?(isDelivering: boolean): void
  /** Makes the library of the app restart ICE, as an app with this library does it. */
  restartIce?(pc: RTCPeerConnection): unknown
  /** Whether the app could negotiate a further transceiver. */
  canNegotiate(): Promise<boolean>
  readonly errors: string[]
  close(): void
}

/** A room of y-webrtc or trystero for another page to join. */
export interface RemoteRoom {
  readonly app: 'yjs' | 'trystero'
  readonly room: string
  /** The fragment of the URL of the page that calls. */
  readonly caller: string
}

/** The apps with libraries, of `test/apps/index.ts`. */
export interface LibraryApps {
  /** janus.js, with the echotest plugin of Janus. */
  janus(configuration: RTCConfiguration): Promise<EchoApp>
  /** Two user agents of JsSIP in this page. */
  sip(configuration: RTCConfiguration): Promise<EchoApp>
  /** Two user agents of SIP.js in this page. */
  sipjs(configuration: RTCConfiguration): Promise<EchoApp>
  /** Two nodes of js-libp2p in this page. */
  libp2p(configuration: RTCConfiguration): Promise<EchoApp>
  /** Two peers of PeerJS in this page. */
  peerjs(configuration: RTCConfiguration): Promise<EchoApp>
  /** y-webrtc, with another page. */
  yjs(configuration: RTCConfiguration): Promise<EchoApp>
  /** trystero, with another page. */
  trystero(configuration: RTCConfiguration): Promise<EchoApp>
  /** mediasoup-client, with a stand-in for its server in this page. */
  mediasoup(configuration: RTCConfiguration): Promise<EchoApp>
  /** livekit-client, with a stand-in for its server in this page. */
  livekit(configuration: RTCConfiguration): Promise<EchoApp>
  /** Makes this page the remote peer of a call of y-webrtc or trystero. */
  join(room: RemoteRoom): Promise<void>
}

/** The global `Apps` of a page that ran {@link installApps}, by the names of the apps. */
export interface EchoApps extends LibraryApps {
  /** An app that posts each offer to a URL, which responds with the answer. */
  http(configuration: RTCConfiguration, answerUrl: string): EchoApp
  /** simple-peer at both ends in this page, which handles no `negotiationneeded`. */
  simplePeer(configuration: RTCConfiguration): EchoApp
  /** Answers an offer in this page. */
  answer(offer: { call: string; sdp: string }, configuration: RTCConfiguration): Promise<string>
}

/** The apps that make calls. */
export type AppName = Exclude<keyof EchoApps, 'answer' | 'join'>

/** Runs once in a page that ran `installCalls`: sets its global `Apps`. */
export function installApps(): void {
  /**
   * Sets the local description, and waits for its candidates. After an ICE restart the gathering state of Firefox is still
   * `complete` for a moment, so the event counts.
   */
  const describe = async (pc: RTCPeerConnection) => {
    let isGathered = false
    pc.addEventListener('icecandidate', ({ candidate }) => {
      isGathered ||= candidate === null
    })
    await pc.setLocalDescription()
    await Calls.until(() => isGathered, 2000)
    return pc.localDescription?.sdp ?? ''
  }
  const UNRELIABLE = { ordered: false, maxRetransmits: 0 }

  const canNegotiate = async (pc: RTCPeerConnection) => {
    pc.addTransceiver('audio')
    const isNegotiated = () =>
      pc.signalingState === 'stable' && pc.getTransceivers().every(({ mid }) => mid !== null)
    // A restart of the library that is being undone comes first.
    return Calls.until(isNegotiated, 15_000)
  }

  const http: EchoApps['http'] = (configuration, answerUrl) => {
    const pc = new RTCPeerConnection(configuration)
    const call = crypto.randomUUID()
    const errors: string[] = []
    let isDelivering = true
    const negotiate = async () => {
      const offer = await describe(pc)
      if (!isDelivering) return
      const body = JSON.stringify({ call, sdp: offer })
      const sdp = await (await fetch(answerUrl, { method: 'POST', body })).json()
      await pc.setRemoteDescription({ type: 'answer', sdp })
    }
    let queue = Promise.resolve()
    pc.addEventListener('negotiationneeded', () => {
      queue = queue.then(negotiate).catch((error) => void errors.push(String(error)))
    })
    const channel = pc.createDataChannel('numbers', UNRELIABLE)
    return {
      pc,
      errors,
      isOpen: () => channel.readyState === 'open',
      send: (text) => channel.send(text),
      onMessage: (listener) => channel.addEventListener('message', listener),
      deliverOffers: (value) => {
        isDelivering = value
      },
      canNegotiate: () => canNegotiate(pc),
      close: () => pc.close(),
    }
  }

  const simplePeer: EchoApps['simplePeer'] = (config) => {
    const errors: string[] = []
    const create = (initiator: boolean) => {
      const peer = new SimplePeer({ initiator, config, channelConfig: UNRELIABLE })
      peer.on('error', (error) => errors.push(String(error)))
      return peer
    }
    const [caller, callee] = [create(true), create(false)]
    caller.on('signal', (data) => setTimeout(() => !callee.destroyed && callee.signal(data)))
    callee.on('signal', (data) => setTimeout(() => !caller.destroyed && caller.signal(data)))
    callee.on('data', (data) => callee.send(data))
    return {
      pc: caller._pc,
      errors,
      isOpen: () => caller.connected,
      send: (text) => caller.send(text),
      onMessage: (listener) => caller.on('data', listener),
      async canNegotiate() {
        if (caller.destroyed) return false
        caller.addTransceiver('audio', {})
        return Calls.until(() => caller._pc.getTransceivers().every(({ mid }) => mid !== null), 5000)
      },
      close() {
        caller.destroy()
        callee.destroy()
      },
    }
  }

  const answered = new Map<string, RTCPeerConnection>()
  const answer: EchoApps['answer'] = async ({ call, sdp }, configuration) => {
    const pc = answered.get(call) ?? new RTCPeerConnection(configuration)
    if (!answered.has(call)) {
      pc.addEventListener('datachannel', ({ channel }) => {
        channel.addEventListener('message', ({ data }) => channel.send(data))
      })
    }
    answered.set(call, pc)
    await pc.setRemoteDescription({ type: 'offer', sdp })
    return describe(pc)
  }

  Object.assign(globalThis, {
    Apps: { http, simplePeer, answer } satisfies Omit<EchoApps, keyof LibraryApps>,
  })
}
