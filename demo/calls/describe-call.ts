/** What the page shows for each call, as a function of what it knows. */
import {
  areExpired,
  type CallFacts,
  type CallHealth,
  freezeTime,
  healthOf,
  isLostForGood,
  type KeptCallFacts,
  type ProviderFacts,
  type Settings,
  toSeconds,
} from './call-facts.js'

/** For how long an ICE restart is highlighted. */
const HIGHLIGHT_MS = 3000

const NO_PATH = 'The connection failed: no path through the TURN server was found.'

/** The texts of one call. */
export interface CallView {
  readonly health: CallHealth
  /** One word for the state. */
  readonly badge: string
  /** Time until the credentials expire. */
  readonly countdown: string
  /** From 0 to 1. */
  readonly remainingRatio: number
  /** When new credentials are requested. */
  readonly nextRequest: string
  /** Why the call is in this state. Contains no number that changes every second. */
  readonly reason: string
  readonly isHighlighted: boolean
}

/**
 * Describes the call that fetched its credentials once.
 *
 * @param callAgainError - Why it could not be started again, if that failed.
 */
export function describeSingleFetchCall(
  call: CallFacts,
  settings: Settings,
  callAgainError?: string | undefined,
): CallView {
  const reason = callAgainError
    ? `Could not call again: ${callAgainError}.`
    : explainSingleFetch(call, settings)
  return { ...describeCommon(call), nextRequest: 'never', reason }
}

/** Describes the call with turnkeeper. */
export function describeKeptCall(call: KeptCallFacts, settings: Settings): CallView {
  const { lastRestart } = call
  const common = describeCommon(call)
  const isHighlighted =
    lastRestart !== undefined && lastRestart.agoMs < HIGHLIGHT_MS && common.health === 'live'
  return {
    ...common,
    badge: isHighlighted ? (lastRestart.isRotation ? 'renewed' : 'restored') : common.badge,
    nextRequest: settings.isOffline ? 'once online' : describeNextRequest(call.provider),
    reason: explainKept(call, settings),
    isHighlighted,
  }
}

function describeCommon(call: CallFacts): Omit<CallView, 'nextRequest' | 'reason'> {
  const { remainingMs, lifetimeMs, isRevoked } = call.lifetime
  const health = healthOf(call)
  const secondsLeft = remainingMs > 0 ? `${toSeconds(remainingMs)} s left` : 'expired'
  return {
    health,
    badge: health,
    countdown: isRevoked ? 'revoked' : secondsLeft,
    remainingRatio: isRevoked ? 0 : Math.min(1, Math.max(0, remainingMs / lifetimeMs)),
    isHighlighted: false,
  }
}

function explainSingleFetch(call: CallFacts, { atExpiry, isOffline }: Settings): string {
  const health = healthOf(call)
  if (health === 'connecting') return 'Connecting through the TURN server.'
  const isExpired = areExpired(call.lifetime)
  const verb = call.lifetime.isRevoked ? 'were revoked' : 'expired'
  if (!call.wasConnected) {
    return isExpired ? `The credentials ${verb} before the call was connected.` : NO_PATH
  }
  if (health === 'live') {
    if (!isExpired) return 'Fetched its credentials once, when the call started.'
    return atExpiry === 'keep'
      ? `The credentials ${verb}. The call goes on, because this TURN server keeps its allocation. A new one would be rejected (401).`
      : `The credentials ${verb}.`
  }
  if (isOffline) return 'The network is down.'
  if (!isExpired) return 'The connection was lost, and nothing restarts ICE.'
  return atExpiry === 'keep' || freezeTime(call) === 'before'
    ? `The connection was lost, and the credentials ${verb}. Nothing renews them.`
    : `The credentials ${verb}, so the TURN server dropped the allocation. Nothing renews them.`
}

function explainKept(call: KeptCallFacts, { isOffline }: Settings): string {
  const { provider, lastRestart, messages } = call
  const health = healthOf(call)
  if (isOffline) return 'The network is down. turnkeeper continues as soon as it is back.'
  if (provider.state === 'denied') {
    const status = provider.lastError?.status ?? 401
    return `The backend responded ${status}: turnkeeper sends no more requests. Sign in, then call refresh(). Here: press Repair.`
  }
  if (provider.lastError) {
    const outlook = areExpired(call.lifetime) ? 'goes on without valid credentials' : 'goes on'
    const isLive = health === 'live'
    return `${describeError(provider.lastError)}. turnkeeper retries. The call ${isLive ? outlook : 'returns after a successful attempt'}.`
  }
  if (health === 'connecting') return 'Connecting through the TURN server.'
  if (isLostForGood(call)) {
    return 'The browser lost the connection, and ICE restarts do not bring it back. Press Repair for a new call.'
  }
  if (!call.wasConnected) return NO_PATH
  if (health === 'frozen') return 'The connection was lost. turnkeeper restarts ICE with valid credentials.'
  if (call.isChannelClosed) {
    return 'The video is back, but the browser closed the data channel during the outage. Press Repair for a new call.'
  }
  if (!lastRestart) return 'turnkeeper fetches new credentials before these expire.'
  const lost = messages.missing === 0 ? 'no message lost' : `messages still missing: ${messages.missing}`
  const seconds = (lastRestart.durationMs / 1000).toFixed(1)
  return lastRestart.isRotation
    ? `Moved to new credentials in time: new username, ICE restart in ${seconds} s, ${lost}.`
    : `Restored after an interruption: ICE restart in ${seconds} s, ${lost}.`
}

function describeNextRequest({ state, isRefreshing, nextRefreshMs, lastError }: ProviderFacts): string {
  if (isRefreshing) return 'requested'
  if (nextRefreshMs === undefined) return state === 'denied' ? 'after refresh()' : 'none planned'
  const when = nextRefreshMs > 0 ? `in ${toSeconds(nextRefreshMs)} s` : 'now'
  return lastError ? `next attempt ${when}` : when
}

/** Returns what happened to the last request, without a full stop. */
function describeError({ code, status, message }: NonNullable<ProviderFacts['lastError']>): string {
  switch (code) {
    case 'ERR_TIMEOUT':
      return "The backend doesn't respond"
    case 'ERR_HTTP':
      return `The backend responded ${status}`
    case 'ERR_RESPONSE':
      return 'The backend responded with HTML instead of JSON'
    case 'ERR_NETWORK':
      return 'The backend cannot be reached'
    case 'ERR_CREDENTIALS_REJECTED':
      return 'The TURN server rejected the credentials'
    default:
      return message
  }
}
