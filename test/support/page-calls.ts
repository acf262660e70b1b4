/** What a message channel carried. */
export interface Traffic {
  sent: number
  received: number
  duplicates: number
  isInOrder: boolean
  /** When each message came, in ms of the page. */
  readonly arrivals: number[]
}

/** What the pages of the browser tests have beside the library. */
export interface Calls {
  /**
   * Perfect negotiation as W3C webrtc-pc §10.7 describes it: returns what takes in the other end's messages, and
   * knows nothing of the library.
   */
  negotiatePerfectly(
    pc: RTCPeerConnection,
    isPolite: boolean,
    send: (message: SignalingMessage) => void,
  ): (message: SignalingMessage) => void
  /** What went wrong in a negotiation. */
  readonly faults: string[]
  /** Counts what one end sends every 20 ms and the other gets, until it is stopped. */
  sendTraffic(from: RTCDataChannel, to: RTCPeerConnection): { traffic: Traffic; stop(): Promise<Traffic> }
  /** A video from a canvas that changes all the time. */
  createVideo(): MediaStream
  until(condition: () => unknown, timeoutMs?: number): Promise<boolean>
}

export interface SignalingMessage {
  description?: RTCSessionDescriptionInit | null
  candidate?: RTCIceCandidateInit | null
}

/** Runs in the page, once. */
export function installCalls(): void {
  const until = async (condition: () => unknown, timeoutMs = 60_000) => {
    const end = Date.now() + timeoutMs
    while (!condition() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20))
    return Boolean(condition())
  }

  const faults: string[] = []
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
    const take = async ({ description, candidate }: SignalingMessage) => {
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
      previous = previous.then(() => take(message)).catch((error) => void faults.push(String(error)))
    }
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

  Object.assign(globalThis, {
    Calls: { negotiatePerfectly, faults, sendTraffic, createVideo, until } satisfies Calls,
  })
}
