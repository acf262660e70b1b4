/** Why ICE restarts fail, and when they are repeated. */
import { IceServerError } from '../errors.js'
import type { RestartFailure } from '../restart-failure.js'

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
    'the selected pair still uses the previous candidates: create a new connection before the deadline, without iceCandidatePoolSize',
  'same-allocation':
    'the connection still uses its previous allocation, because ICE of this WebRTC stack ignores setConfiguration(): create a new connection before the deadline',
  'connection-failed': 'the connection failed',
}

/** Offers that are made to a remote peer that does not restart, or does not answer, before the restarts are given up. */
const MAX_OFFERS = 3

/** An offer without an answer is repeated after this time: signaling can be down for a while. */
const REPEAT_OFFER_MS = 60_000

/** Delay before the restart of a lost connection is repeated; doubled with each failure, up to the maximum. */
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
  const delayMs = Math.min(REPEAT_LOST_MS * 2 ** (count - 1), MAX_REPEAT_LOST_MS)
  const isGivenUp = count >= MAX_OFFERS
  return {
    repeatOfferAt: last === 'no-answer' && !isGivenUp ? at + REPEAT_OFFER_MS : Number.POSITIVE_INFINITY,
    repeatLostAt: last === 'remote-peer' && isGivenUp ? Number.POSITIVE_INFINITY : at + delayMs,
  }
}

/** Returns the error of a restart that failed. */
export function restartError(failure: RestartFailure): IceServerError {
  const code = failure === 'same-allocation' ? 'ERR_CONNECTION' : 'ERR_ICE_RESTART'
  return new IceServerError(code, `the ICE restart did not complete: ${MESSAGES[failure]}`)
}

/** Returns the error of a restart that could not be requested, because this function threw. */
export function requestError(name: string, cause: unknown): IceServerError {
  const message = `the ICE restart could not be requested: ${name} threw; see the cause`
  return new IceServerError('ERR_ICE_RESTART', message, { cause })
}

/** Returns the error of a connection that cannot be renegotiated in-band. */
export function inBandError(reason: 'missing' | 'unsupported'): IceServerError {
  if (reason === 'unsupported') {
    const message =
      "inBand needs a connection of the browser's own: it is ignored for other stacks and wrappers"
    return new IceServerError('ERR_CONNECTION', message)
  }
  const message =
    'the remote peer does not have the in-band channel, so ICE is restarted only if the connection is lost: attach it with inBand on both peers'
  return new IceServerError('ERR_ICE_RESTART', message)
}
