/** What came of gathering. */
export interface CandidateGathering {
  /** The first candidate of the kind, or `null` if the browser is through without one. */
  readonly candidate: Promise<RTCIceCandidate | null>
  /** What the servers answered, in order. */
  readonly errorCodes: readonly number[]
}

/** Makes the local description of a connection, and waits for a candidate of a kind. */
export function gather(connection: RTCPeerConnection, type: RTCIceCandidateType): CandidateGathering {
  const errorCodes: number[] = []
  connection.addEventListener('icecandidateerror', ({ errorCode }) => void errorCodes.push(errorCode))
  const candidate = new Promise<RTCIceCandidate | null>((resolve, reject) => {
    connection.addEventListener('icecandidate', ({ candidate: found }) => {
      if (found?.type === type) resolve(found)
    })
    connection.addEventListener('icegatheringstatechange', () => {
      if (connection.iceGatheringState === 'complete') resolve(null)
    })
    connection.setLocalDescription().catch(reject)
  })
  return { candidate, errorCodes }
}

/** How often a message goes there and back; the quickest counts. */
const ECHOES = 3

/**
 * Calls this page through a TURN server, and sends messages there and back: each travels to the server four times.
 *
 * @param near - Has gathered its candidate of the server.
 */
export async function measureRoundTrip(
  near: RTCPeerConnection,
  channel: RTCDataChannel,
  far: RTCPeerConnection,
): Promise<number> {
  far.addEventListener('datachannel', ({ channel: echoing }) => {
    echoing.addEventListener('message', ({ data }) => echoing.send(data))
  })
  await far.setRemoteDescription(near.localDescription as RTCSessionDescription)
  await gather(far, 'relay').candidate
  await near.setRemoteDescription(far.localDescription as RTCSessionDescription)
  await new Promise((resolve) => channel.addEventListener('open', resolve))
  const times: number[] = []
  while (times.length < ECHOES) {
    const sentAt = performance.now()
    channel.send('echo')
    await new Promise((resolve) => channel.addEventListener('message', resolve, { once: true }))
    times.push((performance.now() - sentAt) / 2)
  }
  return Math.min(...times)
}
