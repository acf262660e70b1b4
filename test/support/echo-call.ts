/** A call with a remote peer that sends every message back, with the library or without it. */

/** How a call is made. */
export interface EchoCallOptions {
  /** Where the page gets its servers. */
  readonly endpoint: string
  /** Where the page sends `{ call, sdp }` with an offer, and gets the SDP answer. */
  readonly answerUrl: string
  readonly isAttached: boolean
  readonly callMs: number
  readonly iceCandidatePoolSize?: number
  /** Whether the app delivers only its first offer, and makes further ones all the same. */
  readonly dropsLaterOffers?: boolean
}

/** Runs in the page. Resolves with what happened to the call. */
export async function runEchoCall(options: EchoCallOptions) {
  const {
    endpoint,
    answerUrl,
    isAttached,
    callMs,
    iceCandidatePoolSize = 0,
    dropsLaterOffers = false,
  } = options
  const call = crypto.randomUUID()
  const provider = new TurnKeeper.IceServerProvider(endpoint)
  const errors: string[] = []
  const restarts: string[] = []
  const appErrors: string[] = []
  provider.on('error', ({ code, message }) => errors.push(`${code} ${message}`))
  provider.on('restart', ({ cause, status }) => restarts.push(`${cause} ${status}`))
  const pc = new RTCPeerConnection({
    iceServers: await provider.getIceServers(),
    iceTransportPolicy: 'relay',
    iceCandidatePoolSize,
  })
  let offers = 0
  let isDelivering = true
  const negotiate = async () => {
    offers++
    await pc.setLocalDescription()
    await Calls.until(() => pc.iceGatheringState === 'complete', 2000)
    if (!isDelivering) return
    const body = JSON.stringify({ call, sdp: pc.localDescription?.sdp })
    const sdp = await (await fetch(answerUrl, { method: 'POST', body })).json()
    await pc.setRemoteDescription({ type: 'answer', sdp })
  }
  let queue = Promise.resolve()
  pc.addEventListener('negotiationneeded', () => {
    queue = queue.then(negotiate).catch((error) => void appErrors.push(String(error)))
  })

  const channel = pc.createDataChannel('numbers', { ordered: false, maxRetransmits: 0 })
  const arrivals: number[] = []
  channel.addEventListener('message', () => arrivals.push(performance.now()))
  if (!(await Calls.until(() => channel.readyState === 'open', 30_000))) {
    throw new Error(`the call did not connect: ${pc.iceConnectionState}, ${appErrors}`)
  }
  isDelivering = !dropsLaterOffers
  if (isAttached) provider.attach(pc)
  let sent = 0
  const timer = setInterval(() => {
    sent++
    if (channel.readyState === 'open') channel.send(String(sent))
  }, 20)
  await new Promise((resolve) => setTimeout(resolve, callMs))
  clearInterval(timer)
  await Calls.until(() => arrivals.length === sent, 1000)

  const received = arrivals.length
  const gaps = arrivals.map((at, index) => at - (arrivals[index - 1] ?? at))
  const longestGapMs = Math.round(Math.max(0, ...gaps))
  const offersUntilEnd = offers
  const signalingState = pc.signalingState
  // Whether the app can still negotiate: another channel needs no offer, a transceiver does.
  isDelivering = true
  pc.addTransceiver('audio')
  const canStillNegotiate = await Calls.until(
    () => pc.signalingState === 'stable' && pc.getTransceivers().some(({ mid }) => mid !== null),
    5000,
  )
  const isStillAlive = received > 0 && (await echoes(channel, arrivals))
  pc.close()
  provider.close()
  return {
    sent,
    received,
    longestGapMs,
    offers: offersUntilEnd,
    signalingState,
    canStillNegotiate,
    isStillAlive,
    restarts,
    errors,
    appErrors,
  }

  async function echoes(channel: RTCDataChannel, arrivals: readonly number[]) {
    const before = arrivals.length
    return Calls.until(() => {
      if (channel.readyState === 'open') channel.send('more')
      return arrivals.length > before
    }, 3000)
  }
}

export type EchoCallResult = Awaited<ReturnType<typeof runEchoCall>>
