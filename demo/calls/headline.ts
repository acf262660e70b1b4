/** The sentence above the calls: what happens now, and what to look at. */
import {
  areExpired,
  type CallFacts,
  freezeTime,
  healthOf,
  isLostForGood,
  type KeptCallFacts,
  type Settings,
  toSeconds,
} from './call-facts.js'

/** Returns the sentence for the two calls: on the left without turnkeeper, on the right with it. */
export function describeCalls(left: CallFacts, right: KeptCallFacts, settings: Settings): string {
  const isServerUnreachable = [left, right].some((call) => call.isServerUnreachable && !call.wasConnected)
  if (isServerUnreachable) {
    return 'The TURN server cannot be reached. It listens on loopback, which Firefox excludes: set media.peerconnection.ice.loopback to true in about:config, and reload.'
  }
  const [leftHealth, rightHealth] = [healthOf(left), healthOf(right)]
  if (rightHealth === 'connecting') {
    return 'Two calls through a TURN server, with the same credentials. Connecting …'
  }
  if (settings.isOffline) return 'The network is down. Watch what happens after it is back.'
  if (rightHealth === 'frozen') return describeInterruption(right, leftHealth === 'frozen')

  if (leftHealth === 'connecting') return 'The left call is connecting. The right call is live.'
  if (leftHealth === 'frozen') return `${describeFreeze(left, settings)} ${describeSurvival(right)}`
  if (right.provider.lastError && !areExpired(right.lifetime)) {
    return `In ${toSeconds(right.lifetime.remainingMs)} s the credentials of the right call expire, unless a refresh succeeds.`
  }
  if (areExpired(left.lifetime)) {
    return areExpired(right.lifetime)
      ? 'Both calls run on expired credentials.'
      : 'The left call runs on expired credentials. The right call has new ones.'
  }
  const seconds = toSeconds(left.lifetime.remainingMs)
  return right.restarts === 0
    ? `In ${seconds} s the credentials of both calls expire. Watch what happens.`
    : `In ${seconds} s the credentials of the left call expire. The right call already has new ones.`
}

function describeInterruption(right: KeptCallFacts, isLeftFrozen: boolean): string {
  const { provider } = right
  const subject = isLeftFrozen ? 'Both calls are frozen.' : 'The right call is frozen.'
  if (isLostForGood(right)) return `${subject} The browser lost the right one: press Repair for a new call.`
  if (provider.state === 'denied') return `${subject} The right one returns after Repair.`
  const seconds = toSeconds(provider.nextRefreshMs ?? 0)
  return provider.lastError && seconds > 0
    ? `${subject} The next attempt to restore the right one is in ${seconds} s, or press Repair.`
    : `${subject} The right one is being restored.`
}

function describeFreeze(left: CallFacts, { atExpiry }: Settings): string {
  if (!left.wasConnected) return 'The left call could not connect.'
  if (left.lifetime.isRevoked) return 'The left call froze when its credentials were revoked.'
  const time = freezeTime(left)
  if (time === 'at') return 'The left call froze when its credentials expired.'
  return time === 'after' && atExpiry === 'drop'
    ? 'The left call froze when the TURN server dropped its allocation.'
    : 'The left call lost its connection.'
}

function describeSurvival({ provider, lifetime }: KeptCallFacts): string {
  if (areExpired(lifetime)) return 'The right call goes on: this TURN server keeps its allocation.'
  if (provider.lastError) {
    return `The right call goes on for ${toSeconds(lifetime.remainingMs)} s, unless a refresh succeeds.`
  }
  return 'turnkeeper keeps the right call alive.'
}
