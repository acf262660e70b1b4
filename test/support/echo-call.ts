/** A call with a remote peer that sends every message back, with the library or without it. */

/** How a call is made. */
export interface EchoCallOptions {
  /** The name of the app in the page, see `installApps`. */
  readonly app: import('./echo-apps.js').AppName
  /** Where the page gets its servers. */
  readonly endpoint: string
  /** Where the app `http` sends its offers. */
  readonly answerUrl: string
  readonly isAttached: boolean
  /** Options of the class that replaces `RTCPeerConnection` for this call. */
  readonly dropIn?: import('turnkeeper').PeerConnectionClassOptions
  readonly callMs: number
  readonly poolSize?: number
  /** Whether the app makes an offer after the first, but never delivers it. */
  readonly losesLaterOffers?: boolean
  /** Whether `attach()`, or the class, gets the `restartIce` function of the app. */
  readonly usesRestartFunction?: boolean
  /** Whether the app has requested the servers of the connection itself, before it attaches the connection. */
  readonly hasOwnServers?: boolean
  /** When the provider receives its second servers. Before, its backend does not respond. */
  readonly renewalMs?: number
  /** Whether the app makes a new connection when a restart fails before its deadline. */
  readonly replacesConnection?: boolean
}

/** Runs in the page. Resolves with what happened to the call. */
export async function runEchoCall(options: EchoCallOptions) {
  const { endpoint, isAttached, callMs, poolSize = 0, losesLaterOffers = false } = options
  const request = async () => (await fetch(endpoint)).json()
  let requests = 0
  const requestOnce = () => (requests++ === 0 ? request() : new Promise<never>(() => {}))
  const provider = new TurnKeeper.IceServerProvider(options.renewalMs ? requestOnce : endpoint)
  if (options.renewalMs) setTimeout(async () => provider.setResponse(await request()), options.renewalMs)
  const errors: string[] = []
  const restarts: string[] = []
  let isReportedInTime = false
  provider.on('error', ({ code, message, cause }) => {
    const isOfSilentBackend = options.renewalMs !== undefined && code === 'ERR_TIMEOUT'
    if (!isOfSilentBackend) errors.push(`${code} ${message}${cause ? ` (${cause})` : ''}`)
  })
  provider.on('restart', ({ cause, status, deadline }) => {
    restarts.push(`${cause} ${status}`)
    if (status === 'failed' && Date.now() < deadline) isReportedInTime = true
  })
  const createConfiguration = async () => {
    const issued = await provider.getIceServers()
    const iceServers = options.hasOwnServers ? (await request()).iceServers : issued
    return { iceServers, iceTransportPolicy: 'relay', iceCandidatePoolSize: poolSize } as const
  }
  const start = async () => {
    const configuration = await createConfiguration()
    const { RTCPeerConnection } = globalThis
    if (options.dropIn) {
      const restartIce = (pc: RTCPeerConnection) => app.restartIce?.(pc)
      const ownRestart = options.usesRestartFunction ? { restartIce } : {}
      globalThis.RTCPeerConnection = TurnKeeper.createPeerConnectionClass(provider, {
        ...options.dropIn,
        ...ownRestart,
      })
    }
    try {
      return await Apps[options.app](configuration, options.answerUrl)
    } finally {
      globalThis.RTCPeerConnection = RTCPeerConnection
    }
  }
  // The class is that of all connections which are created in the meantime.
  const mode = options.dropIn ? 'exclusive' : 'shared'
  let app = await navigator.locks.request('RTCPeerConnection', { mode }, start)
  const { pc } = app
  const arrivals: number[] = []
  const onMessage = () => arrivals.push(performance.now())
  app.onMessage(onMessage)
  if (!(await Calls.until(() => app.isOpen(), 30_000))) {
    throw new Error(`the call did not connect: ${pc.iceConnectionState}, ${app.errors}`)
  }

  let offers = 0
  pc.addEventListener('signalingstatechange', () => {
    if (pc.signalingState === 'have-local-offer') offers++
  })
  app.deliverOffers?.(!losesLaterOffers)
  const restartIce = options.usesRestartFunction ? app.restartIce : undefined
  if (isAttached) provider.attach(pc, restartIce ? { restartIce } : {})

  let replacements = 0
  const replaceConnection = async () => {
    const next = await Apps[options.app](await createConfiguration(), options.answerUrl)
    next.onMessage(onMessage)
    if (!(await Calls.until(() => next.isOpen(), 10_000))) throw new Error('the new connection did not open')
    provider.attach(next.pc)
    replacements++
    const previous = app
    app = next
    setTimeout(() => previous.close(), 1000) // echoes are in flight
  }
  provider.on('restart', ({ connection, status, deadline }) => {
    const isInTime = connection === app.pc && status === 'failed' && Date.now() < deadline
    if (options.replacesConnection && isInTime) {
      replaceConnection().catch((error) => app.errors.push(String(error)))
    }
  })

  let sent = 0
  const send = () => app.isOpen() && app.send(String(sent))
  const timer = setInterval(() => {
    sent++
    send()
  }, 40)
  await new Promise((resolve) => setTimeout(resolve, callMs))
  clearInterval(timer)
  await Calls.until(() => arrivals.length === sent, 1000)

  const gaps = arrivals.map((at, index) => at - (arrivals[index - 1] ?? at))
  const result = { sent, received: arrivals.length, longestGapMs: Math.round(Math.max(0, ...gaps)), offers }
  const { signalingState } = app.pc
  const isAlive = await Calls.until(() => {
    send()
    return arrivals.length > result.received
  }, 3000)
  app.deliverOffers?.(true)
  const canNegotiate = await app.canNegotiate()
  const appErrors = [...app.errors] // closing can add one
  app.close()
  provider.close()
  return {
    ...result,
    signalingState,
    isAlive,
    canNegotiate,
    restarts,
    replacements,
    isReportedInTime,
    errors,
    appErrors,
  }
}

export type EchoCallResult = Awaited<ReturnType<typeof runEchoCall>>
