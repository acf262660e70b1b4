/** Gathers candidates, and measures the round trip through a TURN server. */

/** The candidate and the errors of one connection. */
export interface CandidateGathering {
  /** Resolves with the first candidate of the wanted type, or `null` if gathering completes without one. */
  readonly candidate: Promise<RTCIceCandidate | null>
  /** The STUN error codes so far, in order. */
  readonly errorCodes: readonly number[]
}

/** Sets the local description of a connection and waits for a candidate of this type. */
export function gatherCandidate(
  connection: RTCPeerConnection,
  type: RTCIceCandidateType,
): CandidateGathering {
  const errorCodes: number[] = []
  connection.addEventListener('icecandidateerror', ({ errorCode }) => void errorCodes.push(errorCode))
  const candidate = new Promise<RTCIceCandidate | null>((resolve, reject) => {
    connection.addEventListener('icecandidate', ({ candidate: gathered }) => {
      if (gathered?.type === type) resolve(gathered)
    })
    connection.addEventListener('icegatheringstatechange', () => {
      if (connection.iceGatheringState === 'complete') resolve(null)
    })
    connection.setLocalDescription().catch(reject)
  })
  return { candidate, errorCodes }
}

/** Number of messages that are echoed. The fastest counts. */
const ECHO_COUNT = 3

/**
 * Connects this page to itself through a TURN server and echoes messages. Each message travels between the page and
 * the server four times, so half of its time is one round trip. Resolves with that time in ms.
 *
 * @param localPeer - A connection that has gathered its relay candidate.
 */
export async function measureRoundTrip(
  localPeer: RTCPeerConnection,
  channel: RTCDataChannel,
  remotePeer: RTCPeerConnection,
): Promise<number> {
  remotePeer.addEventListener('datachannel', ({ channel: echoChannel }) => {
    echoChannel.addEventListener('message', ({ data }) => echoChannel.send(data))
  })
  await remotePeer.setRemoteDescription(localPeer.localDescription as RTCSessionDescription)
  await gatherCandidate(remotePeer, 'relay').candidate
  await localPeer.setRemoteDescription(remotePeer.localDescription as RTCSessionDescription)
  await new Promise((resolve) => channel.addEventListener('open', resolve))
  const roundTripsMs: number[] = []
  while (roundTripsMs.length < ECHO_COUNT) {
    const sentAt = performance.now()
    channel.send('echo')
    await new Promise((resolve) => channel.addEventListener('message', resolve, { once: true }))
    roundTripsMs.push((performance.now() - sentAt) / 2)
  }
  return Math.min(...roundTripsMs)
}
