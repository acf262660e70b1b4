/** What the page knows of its calls at one moment. Durations are in ms. */
import type { IceServerError, ProviderState } from 'turnkeeper'
import type { SimulationSettings } from '../simulations.js'
import type { RemainingLifetime } from './lifetime.js'
import type { MessageCounts } from './message-counter.js'

/** After this time without a message or a packet, a call counts as frozen. */
const SILENCE_MS = 2500
/** The same after its credentials expired: the cause is known then. */
const SILENCE_AFTER_EXPIRY_MS = 700

/** After this time with valid credentials, the browser has lost a connection for good: no ICE restart brings it back. */
const GIVEN_UP_MS = 15_000

/** The TURN server drops an allocation about when the credentials expire. */
const TOLERANCE_MS = 2000

/** One call. */
export interface CallFacts {
  readonly connectionState: RTCPeerConnectionState
  readonly wasConnected: boolean
  /** Whether the browser closed the data channel. Firefox does that in an outage of about half a minute. */
  readonly isChannelClosed: boolean
  /** How long neither a message nor a packet of the video has arrived. */
  readonly silentMs: number
  readonly messages: MessageCounts
  readonly lifetime: RemainingLifetime
  readonly username: string
  /** Whether the browser reported that the TURN server does not respond. */
  readonly isServerUnreachable: boolean
}

/** The call with turnkeeper, and its provider. */
export interface KeptCallFacts extends CallFacts {
  readonly provider: ProviderFacts
  /** Number of ICE restarts that completed. */
  readonly restarts: number
  /** The newest one. */
  readonly lastRestart: RestartFacts | undefined
}

export interface RestartFacts {
  /** Whether its cause was new credentials, and not an interruption. */
  readonly isRotation: boolean
  readonly durationMs: number
  readonly agoMs: number
}

export interface ProviderFacts {
  readonly state: ProviderState
  readonly isRefreshing: boolean
  /** How long no refresh has failed; 0 after a failure. */
  readonly workingMs: number
  /** Time until the next request; `undefined` if none is planned. */
  readonly nextRefreshMs: number | undefined
  readonly lastError: Pick<IceServerError, 'code' | 'message' | 'status'> | undefined
}

/** What the user has set under "Break something". */
export type Settings = Required<Omit<SimulationSettings, 'revoke'>>

/** `live`: messages or the video arrive. */
export type CallHealth = 'connecting' | 'live' | 'frozen'

/** Whether the credentials are no longer valid. */
export const areExpired = ({ remainingMs, isRevoked }: RemainingLifetime): boolean =>
  isRevoked || remainingMs <= 0

export function healthOf(call: CallFacts): CallHealth {
  if (!call.wasConnected) return call.connectionState === 'failed' ? 'frozen' : 'connecting'
  const silenceMs = areExpired(call.lifetime) ? SILENCE_AFTER_EXPIRY_MS : SILENCE_MS
  return call.connectionState === 'failed' || call.silentMs > silenceMs ? 'frozen' : 'live'
}

/** Whether only a new call helps. Firefox loses a connection after dozens of ICE restarts. */
export const isLostForGood = ({ wasConnected, silentMs, provider }: KeptCallFacts): boolean =>
  wasConnected && Math.min(silentMs, provider.workingMs) > GIVEN_UP_MS

/** Whether Repair has to start a new call. */
export const needsNewCall = (call: KeptCallFacts): boolean => call.isChannelClosed || isLostForGood(call)

/** Returns when a frozen call froze, compared with the expiry of its credentials: only `at` it, they are the cause. */
export function freezeTime({ silentMs, lifetime }: CallFacts): 'before' | 'at' | 'after' {
  if (lifetime.isRevoked) return 'at'
  const beforeExpiryMs = silentMs + lifetime.remainingMs
  if (beforeExpiryMs > TOLERANCE_MS) return 'before'
  return beforeExpiryMs < -TOLERANCE_MS ? 'after' : 'at'
}

/** Returns a duration in whole seconds. It is not 0 before it has passed. */
export const toSeconds = (ms: number): number => Math.max(0, Math.ceil(ms / 1000))
