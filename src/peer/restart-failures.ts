/** Why ICE restarts fail, and when they are repeated. */
import { IceServerError } from '../errors.js'
import type { RestartFailure } from './restart-progress.js'

const MESSAGES: Readonly<Record<RestartFailure, string>> = {
  'no-offer':
    'no offer followed: handle negotiationneeded during the whole call, or pass a restartIce function to attach()',
  'no-answer':
    'the remote peer did not answer the offer: deliver offers and answers during the whole call, or pass a restartIce function to attach()',
  'remote-peer':
    'the remote peer answered without restarting ICE: create a new connection before the deadline',
  'no-relay':
    'no TURN server has allocated a relay address with the new credentials: see the errors of the TURN servers',
  'not-moved':
    'the selected pair still uses the previous candidates: create connections with iceCandidatePoolSize 0',
  'connection-failed': 'the connection failed',
}

/** Offers that are made to a remote peer that does not restart, or does not answer, before the restarts are given up. */
const MAX_OFFERS = 3

/** An offer without an answer is repeated after this time: signaling can be down for a while. */
const REPEAT_OFFER_MS = 60_000

/** Offers without a relay address before the next change of the servers. */
const MAX_OFFERS_WITHOUT_RELAY = 8

/** Delay before the restart of a lost connection, or one without a relay address, is repeated; doubled with each failure, up to the maximum. */
const REPEAT_LOST_MS = 2000
const MAX_REPEAT_LOST_MS = 60_000

/** The restarts that have failed since the last one that completed. */
export interface Failures {
  readonly count: number
  readonly last: RestartFailure
  /** When the last one failed, in monotonic ms. */
  readonly at: number
  /** Username fragment of the remote peer then. */
  readonly remoteUfrag: string | undefined
}

/** Returns when a restart may be repeated, in monotonic ms. */
export function repeatTimes({ count, last, at }: Failures): {
  readonly repeatOfferAt: number
  readonly repeatLostAt: number
} {
  const never = Number.POSITIVE_INFINITY
  const delayMs = Math.min(REPEAT_LOST_MS * 2 ** (count - 1), MAX_REPEAT_LOST_MS)
  const repeatLostAt = last === 'remote-peer' && count >= MAX_OFFERS ? never : at + delayMs
  switch (last) {
    case 'no-answer':
      return { repeatLostAt, repeatOfferAt: count < MAX_OFFERS ? at + REPEAT_OFFER_MS : never }
    case 'no-relay':
      return { repeatLostAt, repeatOfferAt: count < MAX_OFFERS_WITHOUT_RELAY ? at + delayMs : never }
    default:
      return { repeatLostAt, repeatOfferAt: never }
  }
}

/** Returns the error of a restart that failed. */
export function restartError(failure: RestartFailure): IceServerError {
  return new IceServerError('ERR_ICE_RESTART', `the ICE restart did not complete: ${MESSAGES[failure]}`)
}
