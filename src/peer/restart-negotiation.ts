/**
 * Requests an ICE restart that can be undone.
 *
 * `restartIce()` cannot be: after a rollback the browser fires `negotiationneeded` again, and every later offer restarts
 * ICE. With a remote peer that does not restart, that was 1,497 offers in 25 s (Chromium 156). So the offers of the app are
 * created with `iceRestart: true` until the restart ends, and `negotiationneeded` is dispatched to the app.
 */

import { isDisconnected, readUfrags } from '../ice-states.js'
import type { RestartFailure } from '../restart-failure.js'
import { type AnswerDecision, guardAnswers } from './answer-guard.js'
import { hasPendingRestart, readDescription } from './connection-snapshot.js'
import type { Description, NegotiableConnection } from './negotiable-connection.js'
import { dispatchNegotiationNeeded } from './negotiation-needed.js'
import { overrideMethod } from './override-method.js'
import { markOwn } from './own-operations.js'
import { observeRelayCandidates } from './relay-candidates.js'
import { signalingStateOf } from './signaling-state.js'

/** A restart that has been requested. */
export interface RestartNegotiation {
  /** Rolls back the offer that waits for an answer. An answer that arrives later is ignored. */
  rollBack(): Promise<void>
  /** Leaves later negotiations to the app alone. */
  end(): void
}

/** How a restart is negotiated. */
export interface NegotiationOptions {
  /** Whether a function of the app creates the offer. */
  readonly isOfferedByApp: boolean
  /** Whether the connection needs a TURN server. */
  readonly needsRelay: boolean
  /** Called when an SDP answer would drop the call, before its offer is rolled back. */
  onRejectedAnswer(failure: RestartFailure): void
}

/** Requests a restart. */
export function negotiateRestart(
  connection: NegotiableConnection,
  { isOfferedByApp, needsRelay, onRejectedAnswer }: NegotiationOptions,
): RestartNegotiation {
  let isOfferWanted = false
  let isRolledBack = false
  let hasEnded = false

  const relays = observeRelayCandidates(connection)

  const { negotiatedUfrag } = readDescription(connection)
  /** Not after the negotiation: the next offer must not restart ICE before the selected pair has moved. */
  const isRestartWanted = () =>
    isOfferWanted && readDescription(connection).negotiatedUfrag === negotiatedUfrag

  const decide = (answer: Description): AnswerDecision | Promise<AnswerDecision> => {
    if (isRolledBack) return signalingStateOf(connection) === 'stable' ? 'ignore' : 'apply'
    // A connection that is lost cannot get worse. After a provisional answer nothing can be undone.
    const isLost = isDisconnected(connection.iceConnectionState)
    const isRestart = hasPendingRestart(readDescription(connection))
    if (isLost || !isRestart || signalingStateOf(connection) !== 'have-local-offer') return 'apply'
    // An app can apply the current remote description to become stable, as livekit-client does.
    if (answer === connection.remoteDescription) return 'apply'
    if (isUnchanged(connection, answer)) return reject('remote-peer')
    if (!needsRelay || relays.hasCandidate() || isFromFirefox(answer)) return 'apply'
    return relays.wait().then((hasRelay) => {
      if (signalingStateOf(connection) !== 'have-local-offer') return 'ignore'
      return hasRelay ? 'apply' : reject('no-relay')
    })
  }
  const reject = (failure: RestartFailure): AnswerDecision => {
    onRejectedAnswer(failure)
    return 'roll-back'
  }
  const restoreAll = [
    guardAnswers(connection, decide, async () => {
      await rollBack()
      end()
    }),
    overrideMethod(connection, 'createOffer', (createOffer) => (...args) => {
      return isRestartWanted() ? createOffer(...withIceRestart(args)) : createOffer(...args)
    }),
    overrideMethod(connection, 'setLocalDescription', (setLocalDescription) => async (...args) => {
      const isImplicit = !args[0]?.type && connection.signalingState !== 'have-remote-offer'
      if (!isRestartWanted() || !isImplicit) return setLocalDescription(...args)
      // If an offer of the remote peer arrives in between, this rejects, and the app handles that one.
      return setLocalDescription(await connection.createOffer())
    }),
    // A `restartIce` function may call it. Then the browser would fire `negotiationneeded` after a rollback as well.
    overrideMethod(connection, 'restartIce', (restartIce) => () => {
      if (hasEnded || isRolledBack) restartIce()
      else startRequesting()
    }),
  ]

  const requestOffer = () => {
    // As the app sees it: its offer waits for an in-band negotiation.
    if (connection.signalingState === 'stable') dispatchNegotiationNeeded(connection)
  }
  const onSignalingStateChange = () => {
    if (signalingStateOf(connection) === 'have-local-offer') stopRequesting()
    requestOffer()
  }
  const startRequesting = () => {
    isOfferWanted = true
    // Like the event of the browser: again whenever the signaling state is stable, until there is an offer. One that is
    // pending already does not restart ICE.
    connection.addEventListener('signalingstatechange', onSignalingStateChange)
    requestOffer()
  }
  const stopRequesting = () => connection.removeEventListener('signalingstatechange', onSignalingStateChange)
  const end = () => {
    hasEnded = true
    isOfferWanted = false
    stopRequesting()
    relays.stop()
    for (const restore of restoreAll) restore()
  }
  const rollBack = async () => {
    isOfferWanted = false
    isRolledBack = true
    stopRequesting()
    // An offer without a restart is one of the app itself.
    const isOfferPending =
      signalingStateOf(connection) === 'have-local-offer' && hasPendingRestart(readDescription(connection))
    if (isOfferPending) await connection.setLocalDescription(markOwn({ type: 'rollback' }))
  }
  if (!isOfferedByApp) startRequesting()
  return { rollBack, end }
}

/** The options come first, or after two callbacks (W3C webrtc-pc, legacy interface extensions). */
function withIceRestart(args: readonly unknown[]): unknown[] {
  const index = typeof args[0] === 'function' ? 2 : 0
  const options = args[index] as { readonly iceRestart?: boolean } | undefined
  // The options of the library are marked.
  if (options?.iceRestart) return [...args]
  const result = [...args]
  result[index] = { ...options, iceRestart: true }
  return result
}

/** Whether an answer keeps the username fragments of the remote peer: it has not restarted ICE (RFC 8839 §4.4.1.1). */
function isUnchanged({ remoteDescription }: NegotiableConnection, answer: Description): boolean {
  const [previous, answered] = [readUfrags(remoteDescription), readUfrags(answer)]
  return answered.length > 0 && answered.every((ufrag) => previous.includes(ufrag))
}

/**
 * Whether Firefox made an answer. It has left the previous pair when it has answered: a rollback would leave a connection that
 * is `connected` without a remote peer, and never `failed`.
 */
function isFromFirefox({ sdp = '' }: Description): boolean {
  return /^o=mozilla/m.test(sdp)
}
