/** A call of the first page: a video, and numbered messages over a data channel. */
import { type IceConfiguration, type IceServerProvider, readIceConfiguration } from 'turnkeeper'
import { type LoopbackCall, startLoopbackCall } from '../loopback-call.js'
import type { CallFacts } from './call-facts.js'
import { Lifetime } from './lifetime.js'
import { MessageCounter } from './message-counter.js'

const SEND_INTERVAL_MS = 50
const FETCH_TIMEOUT_MS = 4000
const PACKET_INTERVAL_MS = 400

/** What a call reports while it runs. */
export interface CallListeners {
  onTrack(stream: MediaStream): void
  onError(error: Error): void
  onStateChange(state: RTCPeerConnectionState): void
  /** Called for each relay candidate, which belongs to an allocation on the TURN server. */
  onAllocation(): void
  onTurnError(code: number, text: string): void
}

export interface ObservedCall {
  readonly call: LoopbackCall
  /** Reads the state of the call. */
  read(): CallFacts
  /** Follows credentials that the call uses from now on. */
  setCredentials(configuration: IceConfiguration): void
  /** Marks the current credentials as revoked. */
  markRevoked(): void
  close(): void
}

/** Starts a call with these servers, whose credentials are not renewed. */
export function startObservedCall(
  configuration: IceConfiguration,
  stream: MediaStream,
  listeners: CallListeners,
): ObservedCall {
  const { onTrack, onError } = listeners
  let lifetime = new Lifetime(configuration)
  let username = usernameOf(configuration)
  const call = startLoopbackCall(configuration.iceServers, stream, onTrack, onError)
  const { caller, callee } = call
  let counter = new MessageCounter(performance.now())
  let wasConnected = false
  let isChannelClosed = false
  let isServerUnreachable = false
  const packets = watchPackets(callee)

  const channel = caller.createDataChannel('messages')
  channel.addEventListener('open', () => {
    wasConnected = true
    counter = new MessageCounter(performance.now())
    const timer = setInterval(() => {
      if (channel.readyState !== 'open') return clearInterval(timer)
      counter.countSent(performance.now())
      channel.send('message')
    }, SEND_INTERVAL_MS)
  })
  channel.addEventListener('close', () => {
    isChannelClosed = true
  })
  callee.addEventListener('datachannel', ({ channel }) => {
    channel.addEventListener('message', () => counter.countReceived(performance.now()))
  })
  callee.addEventListener('connectionstatechange', () => listeners.onStateChange(callee.connectionState))
  for (const pc of [caller, callee]) {
    pc.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate?.type === 'relay') listeners.onAllocation()
    })
    pc.addEventListener('icecandidateerror', ({ errorCode, errorText }) => {
      isServerUnreachable ||= errorCode === 701
      listeners.onTurnError(errorCode, errorText)
    })
  }
  return {
    call,
    read() {
      const now = performance.now()
      const silentMs = Math.min(counter.silentMs(now), packets.silentMs(now))
      const messages = counter.read(now)
      const { connectionState } = callee
      return {
        connectionState,
        wasConnected,
        isChannelClosed,
        silentMs,
        messages,
        lifetime: lifetime.read(),
        username,
        isServerUnreachable,
      }
    },
    setCredentials(next) {
      lifetime = new Lifetime(next)
      username = usernameOf(next)
    },
    markRevoked() {
      lifetime.isRevoked = true
    },
    close() {
      packets.stop()
      call.close()
    },
  }
}

/** Watches the packets of the video: they continue after a data channel has closed. */
function watchPackets(pc: RTCPeerConnection) {
  let count = 0
  let receivedAt = performance.now()
  const timer = setInterval(async () => {
    const stats = [...(await pc.getStats()).values()]
    const { packetsReceived = 0 } = stats.find(({ type }) => type === 'inbound-rtp') ?? {}
    if (packetsReceived > count) receivedAt = performance.now()
    count = packetsReceived
  }, PACKET_INTERVAL_MS)
  return { silentMs: (now: number) => now - receivedAt, stop: () => clearInterval(timer) }
}

/** Starts a call and attaches it: everything that an app does to keep it alive. */
export async function startKeptCall(
  provider: IceServerProvider,
  stream: MediaStream,
  listeners: CallListeners,
): Promise<ObservedCall> {
  const observed = startObservedCall(await provider.getConfiguration(), stream, listeners)
  provider.on('update', observed.setCredentials)
  provider.attach(observed.call.caller)
  provider.attach(observed.call.callee, { restartIce: 'never' }) // the caller makes the offers
  return {
    ...observed,
    close() {
      provider.off('update', observed.setCredentials)
      observed.close()
    },
  }
}

/** Fetches credentials once, like most apps. */
export async function fetchOnce(endpoint: string): Promise<IceConfiguration> {
  const sentAt = Date.now()
  const response = await fetch(endpoint, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) })
  if (!response.ok) throw new Error(`The backend responded ${response.status}`)
  return readIceConfiguration(await response.json(), { sentAt, headers: response.headers })
}

const usernameOf = ({ iceServers }: IceConfiguration): string =>
  iceServers.find((server) => server.username)?.username ?? '–'
