/** Calls in the pages of the browser tests: perfect negotiation, traffic and a video source, without the library. */

/** The messages that one data channel carried. */
export interface Traffic {
  sent: number
  received: number
  duplicates: number
  isInOrder: boolean
  /** When each message arrived, as `performance.now()` of the page. */
  readonly arrivals: number[]
}

/** The global `Calls` of a page that ran {@link installCalls}. */
export interface Calls {
  /**
   * Negotiates a connection by the perfect negotiation pattern of W3C webrtc-pc §10.7. Returns a function that accepts
   * the messages of the remote peer.
   */
  negotiatePerfectly(
    pc: RTCPeerConnection,
    isPolite: boolean,
    send: (message: SignalingMessage) => void,
  ): (message: SignalingMessage) => void
  /** Connects two peers of this page, each message in a task of its own. The callee is polite. */
  negotiateInPage(caller: RTCPeerConnection, callee: RTCPeerConnection): void
  /** The errors of all negotiations in this page. */
  readonly negotiationErrors: string[]
  /** Sends a numbered message every 20 ms until it is stopped, and counts the messages that arrive. */
  sendTraffic(from: RTCDataChannel, to: RTCPeerConnection): { traffic: Traffic; stop(): Promise<Traffic> }
  /** Returns a video stream from a canvas whose color changes all the time. */
  createVideo(): MediaStream
  /** Resolves with whether the condition became true before the timeout. */
  until(condition: () => unknown, timeoutMs?: number): Promise<boolean>
}

export interface SignalingMessage {
  description?: RTCSessionDescriptionInit | null
  candidate?: RTCIceCandidateInit | null
}

/** Runs once in a page: sets its global `Calls`. */
export function installCalls(): void {
  const until = async (condition: () => unknown, timeoutMs = 60_000) => {
    const deadline = Date.now() + timeoutMs
    while (!condition() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
    return Boolean(condition())
  }

  const negotiationErrors: string[] = []
  const negotiatePerfectly: Calls['negotiatePerfectly'] = (pc, isPolite, send) => {
    let isMakingOffer = false
    let isIgnoringOffer = false
    let previous = Promise.resolve()
    pc.addEventListener('negotiationneeded', async () => {
      try {
        isMakingOffer = true
        await pc.setLocalDescription()
        send({ description: pc.localDescription })
      } finally {
        isMakingOffer = false
      }
    })
    pc.addEventListener('icecandidate', ({ candidate }) => send({ candidate: candidate?.toJSON() ?? null }))
    const receive = async ({ description, candidate }: SignalingMessage) => {
      if (pc.signalingState === 'closed') return
      if (!description) {
        await pc.addIceCandidate(candidate ?? undefined).catch((error) => {
          if (!isIgnoringOffer) throw error
        })
        return
      }
      const isCollision = description.type === 'offer' && (isMakingOffer || pc.signalingState !== 'stable')
      isIgnoringOffer = !isPolite && isCollision
      if (isIgnoringOffer) return
      await pc.setRemoteDescription(description)
      if (description.type !== 'offer') return
      await pc.setLocalDescription()
      send({ description: pc.localDescription })
    }
    return (message) => {
      previous = previous
        .then(() => receive(message))
        .catch((error) => void negotiationErrors.push(String(error)))
    }
  }

  const negotiateInPage: Calls['negotiateInPage'] = (caller, callee) => {
    const toCallee = negotiatePerfectly(callee, true, (message) => setTimeout(() => toCaller(message)))
    const toCaller = negotiatePerfectly(caller, false, (message) => setTimeout(() => toCallee(message)))
  }

  const sendTraffic: Calls['sendTraffic'] = (from, to) => {
    const traffic: Traffic = { sent: 0, received: 0, duplicates: 0, isInOrder: true, arrivals: [] }
    const seen = new Set<number>()
    to.addEventListener('datachannel', ({ channel }) => {
      if (channel.label !== from.label) return
      channel.addEventListener('message', ({ data }) => {
        const number = Number(data)
        if (seen.has(number)) traffic.duplicates++
        else traffic.received++
        if (number !== seen.size) traffic.isInOrder = false
        seen.add(number)
        traffic.arrivals.push(performance.now())
      })
    })
    let timer: ReturnType<typeof setInterval> | undefined
    from.addEventListener('open', () => {
      timer = setInterval(() => from.readyState === 'open' && from.send(String(traffic.sent++)), 20)
    })
    return {
      traffic,
      async stop() {
        clearInterval(timer)
        await until(() => traffic.received === traffic.sent, 3000)
        return traffic
      },
    }
  }

  const createVideo = () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 160, height: 120 })
    document.body.append(canvas)
    const context = canvas.getContext('2d') as CanvasRenderingContext2D
    let hue = 0
    setInterval(() => {
      context.fillStyle = `hsl(${hue++} 80% 50%)`
      context.fillRect(0, 0, 160, 120)
    }, 50)
    return canvas.captureStream(15)
  }

  const calls: Calls = {
    negotiatePerfectly,
    negotiateInPage,
    negotiationErrors,
    sendTraffic,
    createVideo,
    until,
  }
  Object.assign(globalThis, { Calls: calls })
}
