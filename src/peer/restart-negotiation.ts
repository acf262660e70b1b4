/**
 * Requests an ICE restart that can be undone.
 *
 * `restartIce()` cannot be: after a rollback the browser fires `negotiationneeded` again, and every later offer restarts
 * ICE. With a remote peer that does not restart, that was 1,497 offers in 25 s (Chromium 156). So the offers of the app are
 * created with `iceRestart: true` until the restart ends, and `negotiationneeded` is dispatched to the app.
 */
import type { AttachableConnection } from '../attachable-connection.js'
import { readUfrags } from './connection-snapshot.js'
import { overrideMethod } from './override-method.js'

interface Description {
  readonly type?: string
  readonly sdp?: string
}

/** The members of a browser's `RTCPeerConnection` that take part in a negotiation. */
export interface NegotiableConnection extends AttachableConnection {
  createOffer(...args: unknown[]): Promise<Description>
  setLocalDescription(description?: Description, ...callbacks: unknown[]): Promise<unknown>
  setRemoteDescription(description: Description, ...callbacks: unknown[]): Promise<unknown>
  restartIce(): void
  addEventListener(type: string, listener: (event: unknown) => void): void
  removeEventListener(type: string, listener: (event: unknown) => void): void
  dispatchEvent(event: Event): boolean
}

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
  /** Whether the connection works as long as an answer without a restart is not applied. */
  readonly isWorking: boolean
  /** Called when the remote peer answers without restarting ICE, before the offer is rolled back. */
  onUnchangedAnswer(): void
}

/** Requests a restart. */
export function negotiateRestart(
  connection: NegotiableConnection,
  { isOfferedByApp, isWorking, onUnchangedAnswer }: NegotiationOptions,
): RestartNegotiation {
  let isOfferWanted = false
  let isRolledBack = false
  let hasEnded = false

  const restoreAll = [
    overrideMethod(connection, 'createOffer', (createOffer) => (...args) => {
      return isOfferWanted ? createOffer(...withIceRestart(args)) : createOffer(...args)
    }),
    overrideMethod(connection, 'setLocalDescription', (setLocalDescription) => async (...args) => {
      const isImplicit = !args[0]?.type && connection.signalingState !== 'have-remote-offer'
      if (!isOfferWanted || !isImplicit) return setLocalDescription(...args)
      try {
        return await setLocalDescription(await connection.createOffer())
      } catch {
        // An offer of the remote peer was faster. Without an argument, this becomes the answer to it.
        return setLocalDescription()
      }
    }),
    overrideMethod(connection, 'setRemoteDescription', (setRemoteDescription) => async (...args) => {
      const [description, onSuccess] = args
      if (hasEnded) return setRemoteDescription(...args)
      const isLate = isRolledBack && description?.type === 'answer' && connection.signalingState === 'stable'
      const isUnchanged = isWorking && !isRolledBack && isUnchangedAnswer(connection, description)
      if (!isLate && !isUnchanged) return setRemoteDescription(...args)
      if (isUnchanged) {
        onUnchangedAnswer()
        await rollBack()
        end()
      }
      return typeof onSuccess === 'function' ? onSuccess() : undefined
    }),
    // A `restartIce` function may call it. Then the browser would fire `negotiationneeded` after a rollback as well.
    overrideMethod(connection, 'restartIce', (restartIce) => () => {
      if (hasEnded || isRolledBack) restartIce()
      else startRequesting()
    }),
  ]

  const requestOffer = () => {
    if (connection.signalingState === 'stable') connection.dispatchEvent(new Event('negotiationneeded'))
  }
  const onSignalingStateChange = () => {
    if (connection.signalingState === 'have-local-offer') stopRequesting()
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
    for (const restore of restoreAll) restore()
  }
  const rollBack = async () => {
    isOfferWanted = false
    isRolledBack = true
    stopRequesting()
    const isOfferPending = connection.signalingState === 'have-local-offer'
    if (isOfferPending) await connection.setLocalDescription({ type: 'rollback' })
  }
  if (!isOfferedByApp) startRequesting()
  return { rollBack, end }
}

/**
 * Returns whether a connection is a browser's own. What `restartIce()` does in one of another realm, of a library or of
 * another stack is unknown.
 */
export function isNegotiable(connection: AttachableConnection): connection is NegotiableConnection {
  const { RTCPeerConnection } = globalThis as { RTCPeerConnection?: { prototype: AttachableConnection } }
  return (
    typeof connection.restartIce === 'function' &&
    connection.restartIce === RTCPeerConnection?.prototype.restartIce
  )
}

/** The options come first, or after two callbacks (W3C webrtc-pc, legacy interface extensions). */
function withIceRestart(args: readonly unknown[]): unknown[] {
  const index = typeof args[0] === 'function' ? 2 : 0
  const result = [...args]
  result[index] = { ...(args[index] as object | undefined), iceRestart: true }
  return result
}

/** Whether the answer to an offer that restarts ICE keeps the username fragments of the remote peer (RFC 8839 §4.4.1.1). */
function isUnchangedAnswer(connection: NegotiableConnection, description: Description | undefined): boolean {
  if (description?.type !== 'answer' || connection.signalingState !== 'have-local-offer') return false
  const [current, offered] = [connection.currentLocalDescription, connection.localDescription].map(readUfrags)
  const isRestart = current?.length !== 0 && offered?.some((ufrag) => current?.includes(ufrag)) === false
  const previous = readUfrags(connection.remoteDescription)
  const answered = readUfrags({ sdp: description.sdp ?? '' })
  return isRestart && answered.length > 0 && answered.every((ufrag) => previous.includes(ufrag))
}
